import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The effects of `restart`, `stop` and a cancellation of the task at every point of the loop.
@Suite(.timeLimit(.minutes(1)))
struct RestartCommandTests {
    @Test func restartWhileRunningUsesNeitherAttemptNorDelay() async throws {
        let scene = RestartScene(policy: RestartPolicy(maxRestarts: 2))
        let run = scene.run()
        for attempt in 1...5 {
            try await scene.start(attempt)
            #expect(scene.loop.restart())
        }
        try await scene.start(6)
        #expect(scene.clock.now.offset == .zero)
        #expect(scene.returns.elements == [1, 2, 3, 4, 5])
        #expect(scene.health.report().restarts == 5)
        scene.ends.append(.success(()))
        for _ in 0..<5 { scene.fail() }
        #expect(try await scene.delay(after: 1) == .seconds(5))
        scene.loop.stop()
        #expect(await run.value == nil)
    }

    @Test func restartWhileBackingOffStartsAtOnce() async throws {
        let scene = RestartScene()
        scene.fail()
        let run = scene.run()
        try await scene.delay(after: 1)
        await scene.clock.waitForSleeper()
        #expect(scene.loop.restart())
        try await scene.start(2)
        #expect(scene.clock.now.offset == .zero)
        #expect(scene.health.body == .running)
        scene.fail()
        #expect(try await scene.delay(after: 2) == .seconds(10), "the sequence goes on")
        scene.loop.stop()
        #expect(await run.value == nil)
    }

    /// Two long polls on one token would conflict.
    @Test func theNextAttemptWaitsForTheLastOne() async throws {
        let starts = EventLog<Int>()
        let gate = EventLog<Void>()
        let cancelled = EventLog<Void>()
        let loop = AutoRestart()
        let run = Task {
            try await loop.run {
                starts.append(starts.count + 1)
                guard starts.count == 1 else { return try await Task.sleep(for: .seconds(600)) }
                await withTaskCancellationHandler {
                    _ = await Task.detached { try? await gate.element(at: 0) }.value
                } onCancel: {
                    cancelled.append(())
                }
                #expect(starts.count == 1, "the second attempt runs while the first has not returned")
            }
        }
        _ = try await starts.element(at: 0)
        loop.restart()
        _ = try await cancelled.element(at: 0)
        #expect(starts.count == 1)
        gate.append(())
        _ = try await starts.element(at: 1)
        loop.stop()
        try await run.value
    }

    /// Stops the loop, or cancels its task.
    private func end(_ scene: RestartScene, _ run: Task<KeepAliveError?, Never>, byCancelling: Bool) {
        if byCancelling { run.cancel() } else { scene.loop.stop() }
    }

    @Test(arguments: [false, true])
    func stopWhileRunning(byCancelling: Bool) async throws {
        let scene = RestartScene()
        let run = scene.run()
        try await scene.start(1)
        end(scene, run, byCancelling: byCancelling)
        #expect(await run.value == nil)
        #expect(scene.returns.count == 1)
        #expect(scene.health.body == .stopped)
        #expect(!scene.loop.restart(), "it has stopped")
        scene.loop.stop()
    }

    @Test(arguments: [false, true])
    func stopDuringBackoff(byCancelling: Bool) async throws {
        let scene = RestartScene()
        scene.fail()
        let run = scene.run()
        try await scene.delay(after: 1)
        await scene.clock.waitForSleeper()
        end(scene, run, byCancelling: byCancelling)
        #expect(await run.value == nil)
        #expect(scene.starts.count == 1)
        #expect(scene.clock.now.offset == .zero)
    }

    /// Between the event and the wait there is a moment without anything to cancel.
    @Test func stopJustBeforeTheWait() async throws {
        let events = EventLog<KeepAliveEvent>()
        let clock = ManualClock()
        let loop = EventLog<AutoRestart>()
        let restart = AutoRestart(
            policy: RestartPolicy(), stateFile: nil, health: nil, classify: nil, clock: clock,
            wallClock: { 0 },
            onEvent: { event in
                events.append(event)
                if event.kind == .restartScheduled { loop.elements.first?.stop() }
            })
        loop.append(restart)
        try await restart.run { throw RestartScene.Failure() }
        #expect(events.elements.filter { $0 == .bodyEnded }.count == 1)
    }

    /// After a stop, no further message may be answered.
    @Test func stopBeforeTheStartReturnsAtOnceAndStartsNothing() async throws {
        let scene = RestartScene()
        scene.loop.stop()
        #expect(await scene.run().value == nil)
        #expect(scene.health.body == .stopped)
        #expect(scene.events.elements.isEmpty)
        #expect(scene.starts.count == 0)
    }

    @Test func anErrorAfterStopIsNoFailure() async throws {
        let scene = RestartScene()
        let run = Task {
            try await scene.loop.run {
                scene.starts.append(1)
                try? await Task.sleep(for: .seconds(600))
                throw RestartScene.BadToken()
            }
        }
        _ = try await scene.starts.element(at: 0)
        scene.loop.stop()
        try await run.value
        _ = try await scene.events.element(at: 1)
        #expect(scene.events.elements == [.bodyStarted(attempt: 1), .bodyEnded])
    }

    /// Whoever asks must not be told that the bot restarts.
    @Test func restartWhileStoppingIsRefused() async throws {
        let scene = RestartScene()
        let gate = EventLog<Void>()
        let cancelled = EventLog<Void>()
        let run = Task {
            try await scene.loop.run {
                scene.starts.append(1)
                await withTaskCancellationHandler {
                    // A separate task is not cancelled with this one.
                    _ = await Task.detached { try? await gate.element(at: 0) }.value
                } onCancel: {
                    cancelled.append(())
                }
            }
        }
        _ = try await scene.starts.element(at: 0)
        scene.loop.stop()
        _ = try await cancelled.element(at: 0)
        #expect(!scene.loop.restart())
        gate.append(())
        try await run.value
    }

    @Test func cancellationHandlersThatBlockDoNotBlockTheCaller() async throws {
        let gate = DispatchGate()
        let scene = RestartScene()
        let run = Task {
            try await scene.loop.run {
                scene.starts.append(1)
                await withTaskCancellationHandler {
                    _ = try? await scene.ends.element(at: 0)
                } onCancel: {
                    gate.wait()
                }
            }
        }
        _ = try await scene.starts.element(at: 0)
        scene.loop.stop()
        // If `stop` waited for the handler, the test would not get here.
        gate.open()
        try await run.value
        #expect(scene.health.body == .stopped)
    }
}
