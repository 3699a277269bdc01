import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// What comes behind a run: the rest of the program, signals, and output that nobody reads; each in a process of its own.
@Suite(.timeLimit(.minutes(2)))
struct RunEndTests {
    private static func bot(log: Log? = nil) throws -> KeepAlive {
        RunLifeTests.endByItselfOrFail()
        var configuration = ServedBot.configuration
        configuration.shutdownTimeout = .seconds(3600)
        return try KeepAlive(name: "Bot", version: "1", configuration: configuration, log: log)
    }

    /// A program may pause after a run that failed, and run its bot again.
    @Test func aRunThatThrewLeavesTheProgramAllItsTime() async {
        await #expect(processExitsWith: .exitCode(0)) {
            await KeepAlive.main {
                let keepAlive = try Self.bot()
                do {
                    try await keepAlive.run { _ in throw KeepAliveTests.BadToken() }
                    _exit(98)
                } catch {
                    try await Task.sleep(for: Lifecycle.rest + .milliseconds(500))
                }
                try await keepAlive.run { _ in keepAlive.shutDown() }
            }
        }
    }

    /// But what it has printed holds up no end.
    @Test func standardOutputThatIsNotReadHoldsUpNoEnd() async {
        await #expect(processExitsWith: .exitCode(78)) {
            KeepAliveTests.stopReading(STDOUT_FILENO)
            print("some words", terminator: "")
            await KeepAlive.main { try await Self.bot().run { _ in throw KeepAliveTests.BadToken() } }
        }
    }
}
