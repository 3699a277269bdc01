import KeepAliveLease
import KeepAlivePostgreSQL
import Testing

@testable import KeepAliveLeaseStore

/// The words of what only a person can mend: a launcher's settings are variables, a monitor's are keys.
struct LeaseRefusalTests {
    private static let refused = PostgreSQLError(.connect, "password authentication failed", sqlState: "28P01")

    private static func words(_ user: LeaseUser) -> [String] {
        let refusal = LeaseRefusal(user: user, name: "one", resource: "telegram:1")
        return ["28P01", "3D000", "42501", "42703"].compactMap {
            refusal.words(for: PostgreSQLError(.connect, "no way", sqlState: $0))
        } + [refusal.missingTable(refused), refusal.isProtected(by: "two"), refusal.protects("telegram:2")]
    }

    @Test func aMonitorIsToldOfNoVariable() {
        let words = Self.words(.monitor)
        #expect(words.count == 7)
        for text in words.dropLast() { #expect(!text.contains("LEASE_"), "\(text)") }
        // That variable is the bot's.
        #expect(words.last?.contains("Give that bot another LEASE_NAME") == true)
        #expect(words[0].contains("Correct the user and password in the key \"database\""))
        #expect(words[2].hasSuffix("TO \"USER_OF_DATABASE\";"))
    }

    @Test func aLauncherIsToldOfItsVariables() {
        let words = Self.words(.launcher)
        #expect(words.count == 7)
        for text in words { #expect(!text.contains("\"database\""), "\(text)") }
        #expect(words[0].contains("Correct the user and password in LEASE_URL"))
        #expect(words[2].hasSuffix("TO \"USER_OF_LEASE_URL\";"))
    }

    @Test(arguments: [nil, "57P03", "42P01", "53300"])
    func whatMayPassIsNoRefusal(state: String?) {
        let refusal = LeaseRefusal(user: .launcher, name: "one", resource: "telegram:1")
        #expect(refusal.words(for: PostgreSQLError(.server, "no way", sqlState: state)) == nil)
    }

    @Test(arguments: [(90_624, "9"), (120_022, "12"), (129_999, "12")] as [(Int, String)])
    func anOldServerIsNamedByItsMajorVersion(version: Int, name: String) {
        let refusal = LeaseRefusal(user: .launcher, name: "one", resource: "telegram:1")
        #expect(refusal.tooOld(version).hasPrefix("PostgreSQL \(name) is too old for a lease"))
    }
}
