import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct MemoryLimitTests {
    private static let start = MonotonicTime.now()
    private static let setting = MemoryLimit.Setting(megabytes: 100, period: .seconds(60))
    private static let over: UInt64 = (100 << 20) + 1

    private static func at(_ seconds: Int) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    /// The answers to looks every ten seconds.
    private static func looks(_ bytes: [UInt64?]) -> [Bool] {
        var limit = MemoryLimit(setting, at: start)
        return bytes.enumerated().map { limit.look($1, at: at($0 * 10)) != nil }
    }

    @Test func aMinuteAboveTheLimitIsTooLong() {
        var limit = MemoryLimit(Self.setting, at: Self.start)
        #expect(limit.dueAt == Self.at(10))
        for second in stride(from: 0, to: 60, by: 10) { #expect(limit.look(Self.over, at: Self.at(second)) == nil) }
        #expect(
            limit.look(150 << 20, at: Self.at(60))
                == "it has held more than 100 MB for 60 s, now 150 MB (MAX_MEMORY_MB)")
        #expect(limit.dueAt == Self.at(70))
        #expect(limit.look(Self.over, at: Self.at(70)) == nil)
    }

    @Test(arguments: [100 << 20, 0, nil] as [UInt64?]) func oneLookBelowBeginsItAnew(bytes: UInt64?) {
        let over = Self.over
        #expect(
            Self.looks([over, over, over, over, over, over, bytes, over, over, over, over, over, over, over])
                == Array(repeating: false, count: 13) + [true])
    }

    /// A launcher that was suspended has not seen what happened meanwhile.
    @Test func aStandstillProvesNothing() {
        var limit = MemoryLimit(Self.setting, at: Self.start)
        #expect(limit.look(Self.over, at: Self.at(0)) == nil)
        #expect(limit.look(Self.over, at: Self.at(3600)) == nil)
        #expect(limit.look(Self.over, at: Self.at(3610)) == nil)
    }

    /// Looks come every 10 s; one that comes up to 15 s late is a look as others are.
    @Test(arguments: [(25_000, true), (25_001, false)])
    func aLateLookCountsUpToALimit(gap: Int64, counts: Bool) {
        var limit = MemoryLimit(Self.setting, at: Self.start)
        for second in stride(from: 0, through: 50, by: 10) {
            #expect(limit.look(Self.over, at: Self.at(second)) == nil)
        }
        let late = Self.at(50).advanced(by: .milliseconds(gap))
        #expect((limit.look(Self.over, at: late) != nil) == counts)
    }

    @Test(arguments: [(1, 166), (6, 1000), (60, 10_000), (3600, 10_000)])
    func aShortPeriodHasSixLooksToo(period: Int, milliseconds: Int) {
        let interval = MemoryLimit.Setting(megabytes: 1, period: .seconds(period)).interval
        #expect(
            interval.components.seconds * 1000 + interval.components.attoseconds / 1_000_000_000_000_000 == milliseconds
        )
    }

    @Test func theSumOfAGroupCounts() throws {
        func process(_ id: Int32, group: Int32, pages: UInt64, state: String = "S") throws -> ProcessFact {
            let zeros = Array(repeating: "0", count: 16)
            let words = [state, "1", "\(group)"] + zeros + ["9", "0", "\(pages)"]
            return try #require(ProcessFact("\(id) (bot) " + words.joined(separator: " ")))
        }
        let table = try ProcessTable([
            process(10, group: 10, pages: 3), process(11, group: 10, pages: 4), process(12, group: 12, pages: 100),
            process(13, group: 10, pages: 1000, state: "Z"), process(14, group: 14, pages: .max),
            process(15, group: 15, pages: .max), process(16, group: 15, pages: 2), process(17, group: 18, pages: 5),
            process(19, group: 17, pages: 6),
        ])
        #expect(GroupMemory.resident(of: 10, in: table, page: 4096) == UInt64(7 * 4096))
        #expect(GroupMemory.resident(of: 14, in: table, page: 4096) == .max)
        #expect(GroupMemory.resident(of: 15, in: table, page: 1) == .max)
        // Its first process has joined another group.
        #expect(GroupMemory.resident(of: 17, in: table, page: 4096) == UInt64(11 * 4096))
        #expect(GroupMemory.resident(of: 99, in: table, page: 4096) == nil)
    }

    private static func state() -> SupervisorState {
        var state = SupervisorState(policy: RestartPolicy())
        _ = state.handle(.delayOver)
        return state
    }

    /// `RESTART_RESET_AFTER_SEC` is 300.
    @Test(arguments: [(299, "wait 5 s, died", "waiting"), (300, "start, died", "running")])
    func onlyAnEarlyEndIsAFailure(seconds: Int, actions: String, phase: String) {
        var state = Self.state()
        let first = state.handle(.tooLarge("it is large", after: .seconds(seconds)))
        #expect(first.compactMap(\.mark) == ["signal 15", "grace"])
        #expect(first.compactMap(\.line) == ["restarting the bot: it is large"])
        #expect(state.reason == "it is large")
        let second = state.handle(.exited(.exited(0), healthyFor: nil, record: .init()))
        #expect(second.compactMap(\.mark).joined(separator: ", ") == actions)
        #expect(state.phase.mark == phase)
        #expect(state.reason == "it is large")
    }

    @Test func aStopEndsItForGood() {
        var state = Self.state()
        _ = state.handle(.tooLarge("it is large", after: .seconds(1000)))
        #expect(state.handle(.tooLarge("again", after: .seconds(1000))) == [])
        #expect(state.handle(.graceOver).compactMap(\.mark) == ["killGroup"])
        #expect(state.handle(.stopSignal(SIGTERM)).compactMap(\.mark) == ["signal 15"])
        #expect(state.handle(.exited(.exited(0), healthyFor: nil, record: .init())).compactMap(\.mark) == ["exit 0"])
        #expect(SupervisorState(policy: RestartPolicy()).phase == .waiting)
    }

    @Test func itsMetricHasAReason() {
        var metrics = LauncherMetrics(bot: "/bin/bot", stateDirectory: "/state")
        metrics.noteStart()
        metrics.note(.tooLarge("it is large", after: .seconds(1000)))
        metrics.note(.exited(.exited(0), healthyFor: nil, record: .init()))
        metrics.noteStart()
        #expect(metrics.allRestarts == 1)
        let text = String(decoding: metrics.text(at: .now()), as: UTF8.self)
        #expect(text.contains("reason=\"memory\"} 1"), "\(text)")
    }
}
