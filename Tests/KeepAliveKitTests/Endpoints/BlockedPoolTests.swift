import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// The idea of the kit: a health endpoint on the bot's executor cannot report that executor's death.
///
/// In its own process, because it stops every task of its process.
@Suite(.timeLimit(.minutes(1)))
struct BlockedPoolTests {
    /// Tasks that block the threads of the cooperative pool until they are released.
    final class Blockade: Sendable {
        private let arrived = DispatchSemaphore(value: 0)
        private let gate = DispatchGate()
        private let canary = Atomic(false)

        /// Blocks the pool; returns once every thread is blocked. Not for use in a task.
        func begin() {
            for _ in 0..<(64 + ProcessInfo.processInfo.activeProcessorCount) {
                Task.detached { self.hold() }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { arrived.wait() }
            // It is last in the queue, so it runs only after another task has ended.
            Task.detached { self.canary.store(true, ordering: .sequentiallyConsistent) }
        }

        private func hold() {
            arrived.signal()
            gate.wait()
        }

        func end() { gate.open() }

        /// Whether any task has run since the pool was blocked.
        var isBroken: Bool { canary.load(ordering: .sequentiallyConsistent) }
    }

    @Test func theServerAnswersWhileEveryThreadOfThePoolIsBlocked() async {
        await #expect(processExitsWith: .success) {
            let blockade = Blockade()
            try await BlockingWork.run {
                try ServedBot.serve { port in
                    let kept = try RawClient(port: port)
                    blockade.begin()
                    defer { blockade.end() }
                    for _ in 0..<20 {
                        let health = try RawClient.get(port: port, path: "/health").status
                        let ping = try RawClient.get(port: port, path: "/ping").json()["pong"]
                        try kept.request("GET", "/readyz")
                        let ready = try kept.readResponse().status
                        #expect(health == 200)
                        #expect(ping == true)
                        #expect(ready == 200)
                    }
                    #expect(!blockade.isBroken, "the pool was not blocked, so that this proved nothing")
                }
            }
        }
    }

    /// The time must decide a check's result, not a task that would have to notice it.
    @Test func aCheckThatHangsIsFailedWhileThePoolIsBlocked() async {
        await #expect(processExitsWith: .success) {
            let health = HealthMonitor()
            let blockade = Blockade()
            let runs = EventLog<Void>()
            health.check("db", critical: true, every: .milliseconds(10), timeout: .milliseconds(10)) {
                runs.append(())
                try await Task.sleep(for: .seconds(600))
            }
            health.startChecks()
            _ = try await runs.element(at: 0)
            try await BlockingWork.run {
                try ServedBot.serve(health: health) { port in
                    blockade.begin()
                    defer { blockade.end() }
                    let later = MonotonicTime.now().advanced(by: .seconds(1))
                    #expect(health.report(at: later, responseTimes: nil).status == .unhealthy)
                    let answer = try RawClient.get(port: port, path: "/ping")
                    #expect(answer.status == 200)
                    #expect(!blockade.isBroken)
                }
            }
        }
    }
}
