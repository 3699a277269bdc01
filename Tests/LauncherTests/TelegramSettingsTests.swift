import KeepAliveKit
import Testing

@testable import KeepAliveLauncher

struct TelegramSettingsTests {
    private static let secret = String(repeating: "aZ0_-", count: 7)

    @Test(arguments: [
        ("1:\(secret)", true), ("0123456789:\(secret)", true), (":\(secret)", false), ("x:\(secret)", false),
        ("1\(secret)", false), ("1:\(secret)a", false), ("1:\(secret.dropLast())", false), ("1:\(secret):", false),
        ("1:\(secret.dropLast())+", false), ("1:\(secret.dropLast())@", false), ("1:\(secret.dropLast())[", false),
    ])
    func tokens(token: String, isGood: Bool) {
        var settings = Settings(environment: ["BOT_TOKEN": token])
        let found = settings.botToken()
        #expect(found == (isGood ? token : nil))
        #expect(settings.findings.isEmpty == isGood)
        #expect(settings.findings.allSatisfy { !$0.contains(token) })
    }

    /// The finding must not show the value, so it names what is odd.
    @Test(arguments: [
        ("1:aa\naa", "it holds a line break"), ("1:aa\raa", "it holds a line break"), ("1:aa\"", "it holds quotes"),
        ("\u{2019}1:aa", "it holds quotes"), ("1: aa", "it holds a space"), ("1:a\u{A0}a", "it holds a space"),
        ("1:a\u{7F}a", "it holds a character that cannot be seen"), ("1:é", "it holds a character that cannot be seen"),
        ("1:a\u{1}a", "it holds a character that cannot be seen"), ("1:aa", "give digits"),
    ])
    func whatIsOddInAToken(token: String, words: String) throws {
        var settings = Settings(environment: ["BOT_TOKEN": token])
        #expect(settings.botToken() == nil)
        let finding = try #require(settings.findings.first)
        let start = "BOT_TOKEN (hidden, \(token.unicodeScalars.count) characters) is not allowed: "
        #expect(finding.hasPrefix(start + words), "\(finding)")
    }

    @Test(
        arguments: [("1", 1), ("9223372036854775807", .max), ("0", nil), ("-1", nil), ("9223372036854775808", nil)]
            as [(String, Int64?)])
    func owners(text: String, id: Int64?) {
        var settings = Settings(environment: ["OWNER_USER_ID": text])
        #expect(settings.ownerID() == id)
        #expect(settings.findings.count == (id == nil ? 1 : 0))
    }

    @Test(
        arguments: [("1", [1]), ("1, 23,1", [1, 23]), ("1,x", [1]), ("1,0", [1]), ("", [])] as [(String, Set<Int64>)])
    func administrators(text: String, ids: Set<Int64>) {
        var settings = Settings(environment: ["ADMIN_USER_IDS": text])
        #expect(settings.adminIDs() == ids)
        #expect(settings.findings.isEmpty == !(text.hasSuffix("x") || text.hasSuffix("0")))
    }

    @Test(
        arguments: [
            ("HEARTBEAT_INTERVAL", "0.5", "5m"), ("TELEGRAM_API_URL", "nonsense", "ftp://x"),
            ("RENDER_EXTERNAL_URL", "https://x/?a", "http://x/#a"), ("DATABASE_URL", "mysql://x", "db:geheim"),
        ])
    func whatCasinoBotWouldRefuse(name: String, first: String, second: String) {
        for value in [first, second] {
            var settings = Settings(environment: [name: value])
            settings.optionalVariables()
            #expect(settings.findings.count == 1)
            #expect(settings.findings.allSatisfy { $0.hasPrefix(name) && !$0.contains("geheim") })
        }
    }

    @Test(arguments: [
        ("HEARTBEAT_INTERVAL", "1.5"), ("TELEGRAM_API_URL", "HTTP://127.0.0.1:8081/"),
        ("RENDER_EXTERNAL_URL", "https://bot.example.com"), ("DATABASE_URL", "postgresql://db/x"), ("DATABASE_URL", ""),
    ])
    func whatCasinoBotWouldTake(name: String, value: String) {
        var settings = Settings(environment: [name: value])
        settings.optionalVariables()
        #expect(settings.findings == [])
    }
}
