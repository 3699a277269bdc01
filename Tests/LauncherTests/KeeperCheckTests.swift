import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

/// A script in the place of lease-keeper.
@Suite(.timeLimit(.minutes(1)))
struct KeeperCheckTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory(prefix: "ka") }

    private func check(_ script: String) async throws -> KeeperCheck {
        let path = try await folder.writeScript("#!/bin/sh\n\(script)\n", to: "lease-keeper")
        let environment = ["PATH": "/usr/bin:/bin", "BOT_TOKEN": "x", "PGSSLMODE": "require"]
        return try KeeperCheck(path, url: "postgres://db/x", environment: environment)
    }

    @Test(arguments: [
        ("exit 0", 0, ""), ("echo 'lease-keeper: LEASE_URL is wrong' >&2; exit 78", 78, "LEASE_URL is wrong"),
        ("echo one; echo two >&2; exit 127", 127, "one two"), ("kill -9 $$", 137, ""),
    ])
    func itsEndAndItsWords(script: String, code: Int32, words: String) async throws {
        let check = try await check(script)
        #expect(check.code == code)
        #expect(check.words == words)
    }

    /// ps shows arguments to everybody.
    @Test func theAddressIsInTheEnvironmentAlone() async throws {
        let check = try await check("echo \"$# $1 $LEASE_URL $PGSSLMODE$BOT_TOKEN\"")
        #expect(check.words == "1 --check postgres://db/x require")
    }

    @Test func aProgramThatIsMissingGivesNoResult() {
        #expect(throws: Errno.self) {
            try KeeperCheck("/nonexistent/lease-keeper", url: "postgres://db/x", environment: [:])
        }
    }
}
