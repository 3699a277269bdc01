import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

/// The exit codes of `casino-bot migrate`: whoever starts it learns whether a repetition helps.
@Suite(.timeLimit(.minutes(1)))
struct MigrateCommandTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(_ variables: [String: String], exitsWith code: Int32) async throws {
        let file = try folder.write(variables.map { "\($0)=\($1)\n" }.joined(), to: "env").path
        await #expect(processExitsWith: .exitCode(code), "\(variables)") { [file = file as String] in
            // The environment goes before a file, and may name somebody's real ledger.
            for name in ["DATABASE_PATH", "DATABASE_URL"] { unsafe unsetenv(name) }
            exit(MigrateCommand.run(try Options(["migrate", "--env-file", file])))
        }
    }

    @Test func aRepetitionDoesNotHelpAgainstWrongVariablesOrAMissingLedger() async throws {
        let missing = ["DATABASE_PATH": folder.file("none.db").path]
        try await run(missing, exitsWith: 78)
        try await run(["DATABASE_URL": "mysql://127.0.0.1:1/casino"], exitsWith: 78)
        try await run(missing.merging(["DATABASE_URL": "postgres://127.0.0.1:1/casino"]) { $1 }, exitsWith: 78)
        #expect(!FileManager.default.fileExists(atPath: folder.file("none.db").path))
    }

    @Test func aServerThatIsAwayMayComeBack() async throws {
        let bank = try Bank(in: folder)
        try await bank.apply(1, "/start")
        await bank.ledger.close()
        // Nothing listens on this port.
        let variables = ["DATABASE_PATH": bank.path, "DATABASE_URL": "postgres://casino@127.0.0.1:1/casino"]
        try await run(variables, exitsWith: 75)
        let again = try Bank(in: folder)
        #expect(try await again.apply(2, "/balance") != nil)
    }
}
