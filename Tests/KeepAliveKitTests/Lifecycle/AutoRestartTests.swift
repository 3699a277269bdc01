import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct AutoRestartTests {
    typealias Failure = RestartScene.Failure

    @Test func failuresGiveUpAfterTheLimit() async throws {
        let scene = RestartScene(policy: RestartPolicy(maxRestarts: 4))
        for _ in 0..<4 { scene.fail() }
        let run = scene.run()
        for (index, delay) in [5, 10, 20].enumerated() {
            #expect(try await scene.delay(after: index + 1) == .seconds(delay))
            await scene.sleepThrough(.seconds(delay))
        }
        #expect(await run.value == .gaveUp(failures: 4, reason: "Failure()"))
        #expect(scene.starts.count == 4)
        #expect(scene.health.report().restarts == 3)
        #expect(scene.health.report().status == .unhealthy)
        var index = 0
        for _ in 1...4 {
            while try await scene.events.element(at: index) != .bodyEnded { index += 1 }
            index += 1
        }
    }

    @Test func returningEarlyIsAFailure() async throws {
        let scene = RestartScene(policy: RestartPolicy(maxRestarts: 2))
        scene.ends.append(.success(()))
        scene.ends.append(.success(()))
        let run = scene.run()
        await scene.sleepThrough(try await scene.delay(after: 1))
        let reason = "it returned without a stop request"
        #expect(await run.value == .gaveUp(failures: 2, reason: reason))
    }

    /// A server's Retry-After may be any number; the largest must not end the process.
    @Test func anEndlessRetryAfterIsOnlyLong() async {
        await #expect(processExitsWith: .success) {
            let events = EventLog<KeepAliveEvent>()
            let loop = AutoRestart(onEvent: { events.append($0) })
            let run = Task { try await loop.run { throw RestartScene.Outage(retryAfter: .seconds(Int64.max)) } }
            _ = try await events.first { $0.kind == .restartScheduled }
            // It must pass the wait to get here.
            loop.restart()
            _ = try await events.first { $0 == .bodyStarted(attempt: 2) }
            loop.stop()
            try await run.value
        }
    }

    @Test func anEndlessResetTimeIsOnlyLong() async {
        await #expect(processExitsWith: .success) {
            let loop = AutoRestart(policy: RestartPolicy(resetAfter: .seconds(Int64.max)))
            try await loop.run {
                // By the end of these the loop waits for that time.
                for _ in 0..<100 { await Task.detached {}.value }
                loop.stop()
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func theEmbeddersRuleDecides() async throws {
        let scene = RestartScene(classify: { $0 is Failure ? .critical : nil })
        scene.fail()
        #expect(await scene.run().value == .critical(reason: "Failure()"))
        #expect(scene.starts.count == 1)
        #expect(scene.health.body == .failed(reason: KeepAliveError.critical(reason: "Failure()").description))
    }

    @Test func afterAnHourOfHealthTheDelaysStartOver() async throws {
        let scene = RestartScene(policy: RestartPolicy(maxRestarts: 3))
        scene.fail()
        scene.fail()
        let run = scene.run()
        await scene.sleepThrough(try await scene.delay(after: 1))
        await scene.sleepThrough(try await scene.delay(after: 2))
        try await scene.start(3)
        await scene.sleepThrough(.seconds(300))
        _ = try await scene.events.first { $0 == .failuresForgotten(healthyFor: .seconds(300)) }
        scene.clock.advance(by: .seconds(3300))
        scene.fail()
        #expect(try await scene.delay(after: 3) == .seconds(5))
        scene.loop.stop()
        #expect(await run.value == nil)
    }

    /// Running is not enough: a bot without a sign of life is not healthy, and its failures stay.
    @Test func anUnhealthyBotForgetsNothing() async throws {
        let scene = RestartScene()
        let silent = HealthMonitor(unhealthyAfter: .seconds(-1))
        let loop = AutoRestart(
            policy: RestartPolicy(), stateFile: nil, health: silent, classify: nil,
            clock: scene.clock, wallClock: { 0 }, onEvent: { scene.events.append($0) })
        let run = run(loop, in: scene)
        scene.fail()
        await scene.sleepThrough(try await scene.delay(after: 1))
        _ = try await scene.events.first { $0 == .bodyStarted(attempt: 2) }
        await scene.sleepThrough(.seconds(300))
        await scene.sleepThrough(.seconds(300))
        scene.fail()
        #expect(try await scene.delay(after: 2) == .seconds(10))
        loop.stop()
        try await run.value
        #expect(!scene.events.elements.contains { $0.kind == .failuresForgotten })
    }

    /// Nobody says that such a bot is not healthy.
    @Test func withoutAMonitorRunningIsEnough() async throws {
        let scene = RestartScene()
        let loop = AutoRestart(
            policy: RestartPolicy(), stateFile: nil, health: nil, classify: nil,
            clock: scene.clock, wallClock: { 0 }, onEvent: { scene.events.append($0) })
        let run = run(loop, in: scene)
        scene.fail()
        await scene.sleepThrough(try await scene.delay(after: 1))
        await scene.sleepThrough(.seconds(300))
        scene.fail()
        #expect(try await scene.delay(after: 2) == .seconds(5))
        loop.stop()
        try await run.value
    }

    /// Runs a loop whose body ends as the scene's does.
    private func run(_ loop: AutoRestart, in scene: RestartScene) -> Task<Void, any Error> {
        Task {
            try await loop.run {
                let number = scene.starts.count
                scene.starts.append(number + 1)
                try await scene.ends.element(at: number).get()
            }
        }
    }

    /// Whoever asks twice means one run.
    @Test func aStopAfterTheEndIsNoneOfTheNextRun() async throws {
        let loop = AutoRestart()
        let starts = EventLog<Void>()
        loop.stop()
        try await loop.run { starts.append(()) }
        #expect(starts.count == 0, "it was asked before the run")
        loop.stop()
        try await loop.run {
            starts.append(())
            loop.stop()
            try await Task.sleep(for: .seconds(600))
        }
        #expect(starts.count == 1)
    }

    @Test func theEventsSayWhy() async throws {
        let scene = RestartScene(policy: RestartPolicy(maxRestarts: 3))
        scene.fail()
        let run = scene.run()
        try await scene.delay(after: 1)
        #expect(
            scene.events.elements == [
                .bodyStarted(attempt: 1), .bodyEnded,
                .restartScheduled(
                    after: .seconds(5), outcome: .threw(.failure), failures: 1, limit: 3, reason: "Failure()"),
            ])
        await scene.clock.waitForSleeper()
        #expect(scene.health.body == .backingOff(reason: "Failure(); restart after a delay of 5 s"))
        scene.loop.stop()
        _ = await run.value
    }
}
