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

    /// From 1 µs to 19 hours in steps of 0.1 %.
    @Test func everyTimeIsKnownTo2Percent() {
        var microseconds: UInt64 = 1
        var worst = 0.0
        var last = 0
        while microseconds < 1 << 36 {
            let bucket = LatencyHistogram.bucket(of: microseconds)
            let middle = LatencyHistogram.middle(of: bucket)
            worst = max(worst, abs(middle - Double(microseconds)) / Double(microseconds))
            #expect(bucket >= last, "longer times never lie in earlier buckets")
            last = bucket
            microseconds += max(1, microseconds / 1000)
        }
        #expect(worst <= 0.02)
        #expect(last == LatencyHistogram.bucketCount - 1)
    }

    @Test(arguments: [UInt64(0), 1, 31, 32, 63, 64, (1 << 36) - 1, 1 << 36, .max])
    func bucketsAreWithinTheHistogram(microseconds: UInt64) {
        #expect((0..<LatencyHistogram.bucketCount).contains(LatencyHistogram.bucket(of: microseconds)))
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
        let summary = try #require(counts([.min, -1, 0, 999]).summary)
        #expect(summary == ResponseTimes(p50: 0, p95: 0, p99: 0, max: 0))
        let long = try #require(counts([.max]).summary)
        #expect(long.max == 9_223_372_036_854.775)
        #expect(long.p50 > 3_600_000 * 18, "longer times count as the longest")
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
        #expect(counts.largest == 3000)
        #expect(counts.milliseconds(at: 0.5).map { abs($0 - 1) < 0.02 } == true)
    }
}
