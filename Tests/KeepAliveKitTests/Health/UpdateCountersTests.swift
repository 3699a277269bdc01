import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct UpdateCountersTests {
    private func time(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    @Test func startsEmpty() {
        let counters = UpdateCounters()
        #expect(counters.totals == .init())
        #expect(counters.latencies.summary == nil)
    }

    @Test func keepsTheLatestTimes() {
        let counters = UpdateCounters()
        counters.addUpdate(at: time(5))
        counters.addUpdate(at: time(9), took: 1_000_000)
        counters.addHeartbeat(at: time(7))
        counters.addError()
        #expect(counters.totals == .init(updates: 2, errors: 1, lastUpdate: time(9), lastHeartbeat: time(7)))
        #expect(counters.latencies.summary?.max == 1)
    }

    /// Each thread has its own stripe; the latest time of all stripes counts.
    @Test(arguments: [[100, 300, 200], [300, 200, 100], [100, 200, 300]] as [[Int64]])
    func theLatestOfAllThreadsCounts(times: [Int64]) async throws {
        let counters = UpdateCounters()
        for time in times {
            // One after the other, each on a new thread.
            try await BlockingWork.run {
                counters.addUpdate(at: MonotonicTime(nanoseconds: time))
                counters.addHeartbeat(at: MonotonicTime(nanoseconds: time + 1))
            }
        }
        #expect(counters.totals == .init(updates: 3, errors: 0, lastUpdate: time(300), lastHeartbeat: time(301)))
    }

    @Test func clocksThatBeganBelowZeroCountToo() {
        let counters = UpdateCounters()
        counters.addUpdate(at: time(-5))
        #expect(counters.totals.lastUpdate == time(-5))
    }
}
