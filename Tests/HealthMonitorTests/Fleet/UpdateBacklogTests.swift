import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct UpdateBacklogTests {
    private static let minute = Duration.seconds(60)
    /// 2026-01-19 14:02 UTC.
    private static let start = WallTime(microseconds: 1_768_831_320_000_000)

    /// The verdicts after each count, a minute apart.
    private func verdicts(
        _ counts: [Int], _ rules: UpdateBacklog.Rules = .init()
    ) -> [(status: ProbeStatus, words: String)] {
        var backlog = UpdateBacklog()
        return counts.enumerated().map { index, count in
            let now = WallTime(microseconds: Self.start.microseconds + Int64(index) * 60_000_000)
            let tick = MonotonicTime(nanoseconds: 1 + Int64(index) * 60_000_000_000)
            backlog.note(count, at: now, tick: tick, interval: Self.minute)
            return backlog.verdict(rules, now: now)
        }
    }

    /// h, d, u and n stand for healthy, degraded, unhealthy and unknown.
    private static let table: [(counts: [Int], letters: String)] = [
        // A busy bot, and a burst or two that it works off.
        ([0, 3, 0, 8, 1, 0], "hhhhhh"),
        ([0, 300, 40, 0, 500, 60, 0], "hhhhhhh"),
        // A deaf bot: five checks with updates, none with fewer than before.
        ([0, 4, 9, 15, 20, 21, 37], "hhhhhdd"),
        ([0, 40, 80, 120, 160, 200], "hhhhhu"),
        // Deaf in a quiet chat: the backlog stays.
        ([0, 120, 120, 120, 120, 120], "hhhhhu"),
        // It catches up: at once no failure, and a failure again only after five more checks.
        ([0, 40, 80, 120, 160, 200, 150, 150, 150, 150, 150], "hhhhhuhhhhu"),
        // Telegram drops what is a day old: a backlog that sags is no bot at work.
        ([0, 500, 501, 500, 499, 498], "hhhhhu"),
        // At first sight nobody knows whether it grows or falls; unknown opens and resolves no alert.
        ([150, 150, 150, 150, 150], "nnnnu"),
        ([500, 300, 120, 0], "nhhh"),
        ([3, 0], "hh"),
        ([-5, 0], "hh"),
        // Each limit counts as reached.
        ([0, 19, 19, 19, 19, 19], "hhhhhh"),
        ([0, 20, 20, 20, 20, 20], "hhhhhd"),
        ([0, 99, 99, 99, 99, 99], "hhhhhd"),
        ([0, 100, 100, 100, 100, 100], "hhhhhu"),
        ([19], "h"),
        ([20], "n"),
        ([.max, .max], "nn"),
    ]

    @Test(arguments: table.indices)
    func rows(index: Int) {
        let (counts, letters) = Self.table[index]
        let names: [Character: ProbeStatus] = ["h": .healthy, "d": .degraded, "u": .unhealthy, "n": .unknown]
        #expect(verdicts(counts).map(\.status) == letters.map { names[$0] }, "\(counts)")
    }

    @Test func oneUpdateThatNobodyFetches() {
        let found = verdicts([0] + [Int](repeating: 1, count: 15))
        #expect(found.prefix(15).allSatisfy { $0.status == .healthy })
        #expect(found.last?.status == .degraded)
        #expect(found.last?.words == "1 update waits, none fetched since 14:03 UTC")
    }

    @Test func itsWords() {
        let growing = verdicts([0, 4, 9, 15, 20, 37])
        #expect(growing.last?.words == "37 updates wait, growing since 14:03 UTC")
        #expect(growing.first?.words == "no update waits")
        #expect(
            verdicts([150]).last?.words
                == "150 updates wait; 5 checks are needed to see whether the bot fetches them")
        #expect(verdicts([0, 90, 40]).last?.words == "40 updates wait, 90 before: the bot catches up")
        let tomorrow = WallTime(microseconds: Self.start.microseconds + 86_400_000_000)
        #expect(UpdateBacklog.clock(Self.start, tomorrow) == "2026-01-19 14:02 UTC")
    }

    @Test func ownLimits() {
        let rules = UpdateBacklog.Rules(pendingDegraded: 2, pendingUnhealthy: 4, growingChecks: 2)
        #expect(verdicts([0, 1, 2, 4], rules).map(\.status) == [.healthy, .healthy, .degraded, .unhealthy])
    }

    /// A check has up to eleven tries within seconds: they are one check of the row.
    @Test func retriesAreOneCheck() {
        var backlog = UpdateBacklog()
        for (check, count) in [(0, 0), (1, 200), (2, 210), (3, 220)] {
            for attempt in 0..<4 {
                let seconds = Int64(check * 60 + attempt * 4)
                let time = WallTime(microseconds: Self.start.microseconds + seconds * 1_000_000)
                backlog.note(
                    count + attempt, at: time, tick: MonotonicTime(nanoseconds: 1 + seconds * 1_000_000_000),
                    interval: Self.minute)
                #expect(backlog.verdict(.init(), now: time).status == .healthy)
            }
        }
    }

    /// A fall by more than a twentieth is the bot's work.
    @Test func aSmallFallIsTheBotsWork() {
        #expect(verdicts([0, 1500, 1500, 1500, 1500, 1400]).last?.status == .healthy)
        #expect(verdicts([0, 1500, 1500, 1500, 1500, 1430]).last?.status == .unhealthy)
        // A twentieth is 75: a fall by just that much is none.
        #expect(verdicts([0, 1500, 1500, 1500, 1500, 1425]).last?.status == .unhealthy)
        #expect(verdicts([0, 1500, 1500, 1500, 1500, 1424]).last?.status == .healthy)
    }

    /// Many small falls together are a fall: the peak counts, not the check before.
    @Test func aFallIsMeasuredFromThePeak() {
        #expect(verdicts([0, 1500, 1430, 1400]).last?.words == "1400 updates wait, 1430 before: the bot catches up")
        #expect(verdicts([0, 90, 40, 40]).last?.words == "40 updates wait")
    }

    /// A look within half an interval is another try of the same check, so it makes no row longer.
    @Test func anotherTryIsNoOtherCheck() {
        func status(after seconds: Int) -> ProbeStatus {
            var backlog = UpdateBacklog()
            for minute in 0..<4 {
                for second in [0, seconds] {
                    let at = Int64(minute * 60 + second)
                    backlog.note(
                        minute == 0 ? 0 : 200, at: WallTime(microseconds: Self.start.microseconds + at * 1_000_000),
                        tick: MonotonicTime(nanoseconds: 1 + at * 1_000_000_000), interval: Self.minute)
                }
            }
            return backlog.verdict(.init(), now: Self.start).status
        }
        #expect(status(after: 20) == .healthy)
        #expect(status(after: 30) == .unhealthy)
    }
}
