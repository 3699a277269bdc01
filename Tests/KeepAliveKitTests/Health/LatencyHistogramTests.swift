import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

struct LatencyHistogramTests {
    private func counts(_ nanoseconds: some Sequence<Int64>) -> LatencyHistogram.Counts {
        let histogram = LatencyHistogram()
        for time in nanoseconds { histogram.record(nanoseconds: time) }
        var counts = LatencyHistogram.Counts()
        histogram.add(to: &counts)
        return counts
    }

    private static func error(_ nanoseconds: UInt64) -> Double {
        let middle = LatencyHistogram.middle(of: LatencyHistogram.bucket(of: nanoseconds))
        return abs(middle - Double(nanoseconds)) / Double(nanoseconds)
    }

    /// From 1 µs to 19 hours in steps of 0.1 %.
    @Test func everyTimeIsKnownTo2Percent() {
        var nanoseconds: UInt64 = 1000
        var worst = 0.0
        var last = 0
        while nanoseconds < 1 << 46 {
            worst = max(worst, Self.error(nanoseconds))
            let bucket = LatencyHistogram.bucket(of: nanoseconds)
            #expect(bucket >= last, "longer times never lie in earlier buckets")
            last = bucket
            nanoseconds += nanoseconds / 1000
        }
        #expect(worst <= 0.02)
        #expect(last == LatencyHistogram.bucketCount - 1)
    }

    /// The first and last time of every bucket from 1 µs on, where the error is largest.
    @Test func theEdgesOfEveryBucketAreKnownTo2Percent() {
        var edges: [UInt64] = []
        var last = LatencyHistogram.bucket(of: 1000)
        var step: UInt64 = 32
        var time: UInt64 = 1024
        while time < 1 << 46 {
            if LatencyHistogram.bucket(of: time) != last {
                edges += [time - 1, time]
                last = LatencyHistogram.bucket(of: time)
            }
            if time == step * 64 { step *= 2 }
            time += step
        }
        #expect(edges.count / 2 == LatencyHistogram.bucketCount - 32, "every bucket was met")
        #expect(edges.map(Self.error).max().map { $0 <= 0.02 } == true)
    }

    /// Random times, compared with the quantiles of their sorted list.
    @Test(arguments: 1...50)
    func quantilesOfAnyTimesAreKnownTo2Percent(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...2000, using: &random)
        // Equally many of each magnitude.
        let times = (0..<count).map { _ in
            Int64(1000 * exp(Double.random(in: 0...24.9, using: &random)))
        }.sorted()
        let summary = try #require(counts(times).summary)
        for (share, found) in [(0.5, summary.p50), (0.95, summary.p95), (0.99, summary.p99)] {
            let rank = max(1, Int((Double(count) * share).rounded(.up)))
            let truth = Double(times[rank - 1]) / 1_000_000
            #expect(abs(found - truth) / truth <= 0.02, "\(share) of \(count)")
        }
        #expect(summary.max == Double(times[count - 1]) / 1_000_000)
    }

    @Test(arguments: [UInt64(0), 1, 31, 32, 999, 1000, 1023, 1024, (1 << 46) - 1, 1 << 46, .max])
    func bucketsAreWithinTheHistogram(nanoseconds: UInt64) {
        #expect((0..<LatencyHistogram.bucketCount).contains(LatencyHistogram.bucket(of: nanoseconds)))
    }

    @Test func everyBucketHoldsItsMiddle() {
        for bucket in 0..<LatencyHistogram.bucketCount {
            #expect(LatencyHistogram.bucket(of: UInt64(LatencyHistogram.middle(of: bucket))) == bucket)
        }
    }

    @Test func quantilesOfAKnownDistribution() throws {
        // 1 ms to 1000 ms.
        let summary = try #require(counts((1...1000).map { $0 * 1_000_000 }).summary)
        for (found, true_) in [(summary.p50, 500.0), (summary.p95, 950), (summary.p99, 990)] {
            #expect(abs(found - true_) / true_ <= 0.02)
        }
        #expect(summary.max == 1000)
    }

    @Test func aRareSlowUpdateShowsInTheTailAlone() throws {
        let summary = try #require(counts([Int64](repeating: 1_000_000, count: 199) + [9_000_000_000]).summary)
        #expect(summary.p99 < 1.1)
        #expect(summary.max == 9000)
    }

    @Test(arguments: [-1.0, 0, 0.5, 1, 2])
    func anyShareOfOneTimeIsThatTime(share: Double) throws {
        let found = try #require(counts([40_000]).milliseconds(at: share))
        #expect(found == 0.04, "no quantile exceeds the largest time, which is known exactly")
    }

    @Test func nothingRecordedIsNothingKnown() {
        #expect(counts([]).summary == nil)
        #expect(counts([]).milliseconds(at: 0.5) == nil)
    }

    @Test func extremes() throws {
        #expect(counts([.min, -1, 0]).summary == ResponseTimes(p50: 0, p95: 0, p99: 0, max: 0))
        let short = try #require(counts([100, 100, 999]).summary)
        #expect(abs(short.p50 * 1_000_000 - 100) <= 16, "below 1 µs to 16 ns")
        #expect(short.max == 0.000999)
        let long = try #require(counts([.max]).summary)
        #expect(long.max == 9_223_372_036_854.775807)
        #expect(long.p50 > 3_600_000 * 18, "longer times count as the longest")
    }

    @Test func aBucketOfABusyBotDoesNotOverflow() {
        let histogram = LatencyHistogram()
        histogram.buckets[LatencyHistogram.bucket(of: 1000)].store(.init(UInt32.max), ordering: .relaxed)
        histogram.record(nanoseconds: 1000)
        var counts = LatencyHistogram.Counts()
        histogram.add(to: &counts)
        #expect(counts.buckets.reduce(0, +) == 1 << 32)
    }

    @Test func countsOfManyHistogramsAddUp() {
        let first = LatencyHistogram()
        let second = LatencyHistogram()
        first.record(nanoseconds: 1_000_000)
        second.record(nanoseconds: 3_000_000)
        var counts = LatencyHistogram.Counts()
        first.add(to: &counts)
        second.add(to: &counts)
        #expect(counts.buckets.reduce(0, +) == 2)
        #expect(counts.largest == 3_000_000)
        #expect(counts.milliseconds(at: 0.5).map { abs($0 - 1) < 0.02 } == true)
    }
}
