import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// What comes behind a body and a run: the judgement of an error, the rest of the program, signals, and output that nobody reads;
/// each in a process of its own.
@Suite(.timeLimit(.minutes(2)))
struct RunEndTests {
    private static func bot(
        log: Log? = nil, timeout: Duration = .seconds(3600), classify: (@Sendable (any Error) -> ErrorClass?)? = nil
    ) throws -> KeepAlive {
        RunLifeTests.endByItselfOrFail()
        var configuration = ServedBot.configuration
        configuration.shutdownTimeout = timeout
        return try KeepAlive(name: "Bot", version: "1", configuration: configuration, log: log, classify: classify)
    }

    private struct Slow: Error, CustomStringConvertible {
        let wait: @Sendable () -> Void
        var description: String {
            wait()
            return "slow"
        }
    }

    /// What an error means is asked of the embedder's code, which may never return.
    @Test(arguments: [false, true])
    func aDeadBodyIsUnhealthyWhileItsErrorIsJudged(byItsWords: Bool) async {
        await #expect(processExitsWith: .exitCode(0)) { [byItsWords] in
            let ports = EventLog<UInt16>()
            let look: @Sendable () -> Void = {
                guard let port = ports.elements.last else { _exit(98) }
                while true {
                    let answer = try? RawClient.get(port: port, path: "/health")
                    if answer?.status == 503, answer?.text.contains("it has just ended") == true { _exit(0) }
                    OSThread.rest(milliseconds: 5)
                }
            }
            let keepAlive = try Self.bot(log: Log.none) { _ in
                if !byItsWords { look() }
                return nil
            }
            try await keepAlive.run { _ in
                ports.append(UInt16(keepAlive.port ?? 0))
                throw Slow(wait: look)
            }
        }
    }

    /// A program may pause after a run that failed, or that it has stopped itself, and run its bot again.
    @Test(arguments: [false, true]) func aRunThatNoSignalEndedLeavesTheProgramAllItsTime(fails: Bool) async {
        await #expect(processExitsWith: .exitCode(70)) { [fails] in
            await KeepAlive.main {
                let keepAlive = try Self.bot(timeout: Lifecycle.rest)
                do {
                    try await keepAlive.run { _ in
                        if fails { throw KeepAliveTests.BadToken() }
                        keepAlive.shutDown()
                    }
                    if fails { _exit(98) }
                } catch {
                    if !fails { _exit(97) }
                }
                try await Task.sleep(for: Lifecycle.rest + .milliseconds(500))
                try await keepAlive.run { _ in keepAlive.shutDown() }
                throw RestartScene.Failure()
            }
        }
    }

    /// A run that could not start has a code too.
    @Test func aSignalAfterARunThatFoundNoPortKeepsItsCode() async {
        await #expect(processExitsWith: .exitCode(78)) {
            RunLifeTests.endByItselfOrFail()
            KeepAliveTests.reset(SIGTERM)
            var configuration = ServedBot.configuration
            configuration.portFallbacks = 0
            let other = HealthServer(name: "Other", version: "1", health: HealthMonitor(), configuration: configuration)
            configuration.port = try other.start()
            defer { withExtendedLifetime(other) {} }
            let taken = configuration
            await KeepAlive.main {
                let keepAlive = try KeepAlive(name: "Bot", version: "1", configuration: taken)
                do {
                    try await keepAlive.run { _ in _exit(98) }
                } catch {
                    KeepAliveTests.terminate()
                    await KeepAliveTests.ignoreCancellation()
                }
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

    /// While the run waits for a log that takes nothing, signals are still the run's.
    @Test func aSecondSignalBeforeRunReturnsExitsWithItsCode() async {
        await #expect(processExitsWith: .exitCode(0)) {
            for number in [SIGINT, SIGTERM] { KeepAliveTests.reset(number) }
            // Again where this thread was too late for the wait.
            while true {
                let keepAlive = try Self.bot(log: Log { _, _ in while true { sleep(600) } })
                let hand = Hand()
                Thread.detachNewThread {
                    while keepAlive.health.body != .stopped { OSThread.rest(milliseconds: 1) }
                    hand.isOff.withLock { if !$0 { Processes.raise(SIGTERM) } }
                }
                try await keepAlive.run { _ in
                    KeepAliveTests.terminate(SIGINT)
                    try await Task.sleep(for: .seconds(600))
                }
                hand.isOff.withLock { $0 = true }
            }
        }
    }

    private final class Hand: Sendable { let isOff = Mutex(false) }
}
