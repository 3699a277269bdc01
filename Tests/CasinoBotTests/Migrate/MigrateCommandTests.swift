import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// The exit codes of `casino-bot migrate`: whoever starts it learns whether a repetition helps.
@Suite(.timeLimit(.minutes(1)))
struct MigrateCommandTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(_ variables: [String: String]) throws -> Int32 {
        let file = try folder.write(variables.map { "\($0)=\($1)\n" }.joined(), to: "env").path
        return MigrateCommand.run(try Options(["migrate", "--env-file", file]))
    }

    @Test func aRepetitionDoesNotHelpAgainstWrongVariablesOrAMissingLedger() throws {
        let missing = ["DATABASE_PATH": folder.file("none.db").path]
        #expect(try run(missing) == 78)
        #expect(try run(["DATABASE_URL": "mysql://127.0.0.1:1/casino"]) == 78)
        #expect(try run(missing.merging(["DATABASE_URL": "postgres://127.0.0.1:1/casino"]) { $1 }) == 78)
        #expect(!FileManager.default.fileExists(atPath: folder.file("none.db").path))
    }

    @Test func aServerThatIsAwayMayComeBack() async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        await bank.ledger.close()
        // Nothing listens on this port.
        let variables = ["DATABASE_PATH": bank.path, "DATABASE_URL": "postgres://casino@127.0.0.1:1/casino"]
        #expect(try run(variables) == 75)
        let again = try Bank(in: folder)
        #expect(try await again.apply(2, "/balance") != nil)
    }
}
