import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// One sequence of delays across processes: each scene represents a process.
@Suite(.timeLimit(.minutes(1)))
struct ResumedLedgerTests {
    let folder: TemporaryDirectory
    let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("restart_backoff.json").path
    }

    private func scene(at microseconds: Int64 = 0, maxRestarts: Int = 10) -> RestartScene {
        RestartScene(policy: RestartPolicy(maxRestarts: maxRestarts), stateFile: path, wallClock: microseconds)
    }

    /// A process that fails twice and is stopped at second 5 of the wall clock, with 10 s of delay left.
    private func firstProcess() async throws {
        let first = scene()
        first.fail()
        first.fail()
        let run = first.run()
        await first.sleepThrough(try await first.delay(after: 1))
        #expect(try await first.delay(after: 2) == .seconds(10))
        await first.clock.waitForSleeper()
        first.loop.stop()
        _ = await run.value
        let ledger = RestartLedger(
            record: .init(consecutive: 2, failures: 2), delay: .seconds(10), nextStart: 15_000_000)
        #expect(try BackoffStore(path: path).load() == .ledger(ledger))
    }

    @Test func theNextProcessWaitsWhatIsLeftAndGoesOn() async throws {
        try await firstProcess()
        let second = scene(at: 9_000_000, maxRestarts: 4)
        let run = second.run()
        #expect(try await second.events.element(at: 0) == .ledgerResumed(failures: 2, remaining: .seconds(6)))
        await second.clock.waitForSleeper(until: .init(offset: .seconds(6)))
        #expect(second.starts.count == 0)
        #expect(second.health.report().status == .unhealthy)
        second.clock.advance(by: .seconds(6))
        try await second.start(1)
        second.fail()
        #expect(try await second.delay(after: 1) == .seconds(20))
        await second.sleepThrough(.seconds(20))
        second.fail()
        #expect(await run.value == .gaveUp(failures: 4, reason: "Failure()"))
    }

    @Test func aDelayThatIsOverIsNotWaited() async throws {
        try await firstProcess()
        let second = scene(at: 20_000_000)
        second.fail()
        let run = second.run()
        #expect(try await second.delay(after: 1) == .seconds(20))
        #expect(second.events.elements.first == .ledgerResumed(failures: 2, remaining: .zero))
        second.loop.stop()
        _ = await run.value
    }

    @Test func aStaleLedgerIsHistory() async throws {
        try await firstProcess()
        let second = scene(at: 15_000_000 + 300_000_001)
        second.fail()
        let run = second.run()
        #expect(try await second.delay(after: 1) == .seconds(5))
        #expect(second.events.elements.first == .bodyStarted(attempt: 1))
        second.loop.stop()
        _ = await run.value
    }

    @Test func aClockSetBackWaitsTheDelayOnce() async throws {
        try await firstProcess()
        let second = scene(at: -86_400_000_000)
        let run = second.run()
        #expect(try await second.events.element(at: 0) == .ledgerResumed(failures: 2, remaining: .seconds(10)))
        await second.sleepThrough(.seconds(10))
        try await second.start(1)
        second.loop.stop()
        _ = await run.value
    }

    @Test func stopAndRestartEndTheWaitForTheDelay() async throws {
        try await firstProcess()
        let stopped = scene(at: 9_000_000)
        let stoppedRun = stopped.run()
        await stopped.clock.waitForSleeper()
        stopped.loop.stop()
        #expect(await stoppedRun.value == nil)
        #expect(stopped.starts.count == 0)
        let restarted = scene(at: 9_000_000)
        let run = restarted.run()
        await restarted.clock.waitForSleeper()
        restarted.loop.restart()
        try await restarted.start(1)
        #expect(restarted.clock.now.offset == .zero)
        restarted.loop.stop()
        _ = await run.value
        // After a crash, neither launcher nor bot waits out the delay that a person has cut.
        let cut = RestartLedger(record: .init(consecutive: 2, failures: 2), delay: .zero, nextStart: 9_000_000)
        #expect(try BackoffStore(path: path).load() == .ledger(cut))
    }

    @Test func healthForgetsTheFileToo() async throws {
        try await firstProcess()
        let second = scene(at: 20_000_000)
        let run = second.run()
        try await second.start(1)
        await second.sleepThrough(.seconds(300))
        _ = try await second.events.first { $0 == .failuresForgotten(healthyFor: .seconds(300)) }
        second.loop.stop()
        _ = await run.value
        #expect(try BackoffStore(path: path).load() == .nothing)
    }

    @Test func givingUpIsRememberedForTheNextProcess() async throws {
        let first = scene(maxRestarts: 1)
        first.fail()
        #expect(await first.run().value?.exitCode == 70)
        let ledger = RestartLedger(
            record: .init(consecutive: 1, failures: 1), delay: .seconds(5), nextStart: 5_000_000)
        #expect(try BackoffStore(path: path).load() == .ledger(ledger))
    }

    @Test func aDamagedLedgerIsSaidAndTheDelaysStartOver() async throws {
        try folder.write("{\"version\":1,\"conse", to: "restart_backoff.json")
        let scene = scene()
        scene.fail()
        let run = scene.run()
        #expect(try await scene.events.element(at: 0) == .ledgerDamaged(path: path, movedTo: path + ".damaged"))
        #expect(try await scene.delay(after: 1) == .seconds(5))
        scene.loop.stop()
        _ = await run.value
    }

    @Test func aPlaceThatCannotBeWrittenIsSaidAndTheSequenceGoesOnInMemory() async throws {
        try folder.write("", to: "file")
        let lost = folder.file("file").path + "/ledger.json"
        let scene = RestartScene(stateFile: lost)
        scene.fail()
        scene.fail()
        let run = scene.run()
        _ = try await scene.events.first { $0.kind == .ledgerUnwritable && $0.metadata["path"] == lost }
        await scene.sleepThrough(try await scene.delay(after: 1))
        #expect(try await scene.delay(after: 2) == .seconds(10))
        scene.loop.stop()
        #expect(await run.value == nil)
    }
}
