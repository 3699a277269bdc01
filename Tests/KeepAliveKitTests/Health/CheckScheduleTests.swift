import Synchronization
import Testing

@testable import KeepAliveKit

/// Which checks there are, and when they begin.
struct CheckScheduleTests {
    private static func schedule() -> CheckSchedule {
        CheckSchedule(pauses: PauseWatch(gateways: GatewayRegistry(), canary: nil, grace: .zero)) { "\($0)" }
    }

    @Test func aNameThatIsTakenGetsTheNextNumber() {
        let schedule = Self.schedule()
        for _ in 0..<4 {
            schedule.register("db", critical: false, every: .seconds(60), timeout: .seconds(1)) {}
        }
        #expect(schedule.all.map(\.name) == ["db", "db-2", "db-3", "db-4"])
    }

    /// Somebody else may have taken such a name first.
    @Test func aNumberThatIsTakenIsPassedOver() {
        let schedule = Self.schedule()
        for name in ["db-3", "db", "db", "db", "db-3", "db"] {
            schedule.register(name, critical: false, every: .seconds(60), timeout: .seconds(1)) {}
        }
        #expect(schedule.all.map(\.name) == ["db-3", "db", "db-2", "db-4", "db-3-2", "db-5"])
    }

    @Test(arguments: [(Duration.zero, 10), (.milliseconds(10), 10), (.milliseconds(11), 11), (.seconds(60), 60_000)])
    func anIntervalHasALeast(asked: Duration, milliseconds: Int) {
        let schedule = Self.schedule()
        schedule.register("db", critical: true, every: asked, timeout: .zero) {}
        #expect(schedule.all.map(\.interval) == [.milliseconds(milliseconds)])
        #expect(schedule.all.map(\.timeout) == [.milliseconds(1)])
        #expect(schedule.all.map(\.isCritical) == [true])
    }

    @Test func nothingRunsBeforeTheStart() async {
        let schedule = Self.schedule()
        let runs = Atomic<Int>(0)
        await withCheckedContinuation { continuation in
            schedule.register("early", critical: false, every: .seconds(3600), timeout: .seconds(9)) {
                if runs.add(1, ordering: .relaxed).newValue == 1 { continuation.resume() }
            }
            #expect(runs.load(ordering: .relaxed) == 0)
            schedule.start()
        }
        schedule.stop()
        #expect(runs.load(ordering: .relaxed) == 1)
    }

    @Test func aCheckWaitsForTheStart() async {
        let schedule = Self.schedule()
        let runs = Atomic<Int>(0)
        schedule.register("early", critical: false, every: .seconds(3600), timeout: .seconds(9)) {
            runs.add(1, ordering: .relaxed)
        }
        // A check that had begun would have run by the end of these.
        for _ in 0..<100 { await Task.detached {}.value }
        #expect(runs.load(ordering: .relaxed) == 0)
    }

    @Test(.timeLimit(.minutes(1))) func eachStartAfterAStopRunsThemAgain() async {
        let schedule = Self.schedule()
        let (runs, run) = AsyncStream.makeStream(of: Void.self)
        schedule.register("db", critical: false, every: .seconds(3600), timeout: .seconds(9)) { run.yield() }
        var iterator = runs.makeAsyncIterator()
        for _ in 0..<3 {
            schedule.start()
            _ = await iterator.next()
            for _ in 0..<2 { schedule.stop() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aCheckRegisteredAfterTwoStartsRunsAtOnce() async {
        let schedule = Self.schedule()
        let (runs, run) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<2 { schedule.start() }
        schedule.register("late", critical: false, every: .seconds(3600), timeout: .seconds(9)) { run.yield() }
        var iterator = runs.makeAsyncIterator()
        _ = await iterator.next()
        schedule.stop()
    }
}
