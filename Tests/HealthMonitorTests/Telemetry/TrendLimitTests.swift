import Testing

@testable import KeepAliveHealthMonitor

/// A trend on both sides of each of its limits.
struct TrendLimitTests {
    /// One unit more every 256 seconds: numbers that a binary fraction holds exactly.
    private static func line(_ count: Int) -> [Trend.Sample] {
        (0..<count).map { Trend.Sample(time: Double($0) * 256, value: Double($0)) }
    }

    /// 16 samples from 0 to 15 over 3840 seconds.
    private static func seconds(
        to limit: Double = 30, leastRise: Double = 1, samples: Int = 16, span: Double = 3840, fit: Double = 1,
        reach: Double = 3, horizon: Double = 86_400
    ) -> Double? {
        let demands = Trend.Demands(samples: samples, span: span, fit: fit, reach: reach, horizon: horizon)
        return Trend(line(16))?.seconds(to: limit, leastRise: leastRise, demands)
    }

    @Test func whatIsAskedExactlyIsEnough() {
        #expect(Self.seconds() == 3840)
        #expect(Self.seconds(samples: 17) == nil)
        #expect(Self.seconds(span: 3841) == nil)
        // The rise is 15.
        #expect(Self.seconds(leastRise: 14.5) == 3840)
        #expect(Self.seconds(leastRise: 15) == nil)
    }

    @Test func aForecastReachesSoFar() {
        #expect(Self.seconds(reach: 1) == 3840)
        #expect(Self.seconds(reach: 0.99) == nil)
        #expect(Self.seconds(horizon: 3840) == 3840)
        #expect(Self.seconds(horizon: 3839) == nil)
    }

    @Test func whatIsFullHasNoForecast() {
        #expect(Self.seconds(to: 16) == 256)
        #expect(Self.seconds(to: 15) == nil)
    }

    @Test func threeSamplesMakeALine() {
        #expect(Trend(Self.line(2)) == nil)
        #expect(Trend(Self.line(3))?.slope == 1.0 / 256)
    }

    @Test func aPeriodKeepsTheMeanOfItsSamples() {
        var series = TrendSeries(width: 60, most: 3)
        for (second, value) in [(0.0, 2.0), (30, 4), (59, 9)] { series.add(value, at: second) }
        #expect(series.samples() == [.init(time: 30, value: 5)])
        series.add(7, at: 60)
        #expect(series.samples() == [.init(time: 30, value: 5), .init(time: 90, value: 7)])
        // A window holds its first moment.
        #expect(series.samples(within: 60).count == 2)
        #expect(series.samples(within: 59).count == 1)
    }

    /// The newest period may have begun before the restart; what this run has of it counts.
    @Test func earlierSamplesComeBeforeThisRuns() {
        var earlier = TrendSeries(width: 60, most: 10)
        for index in 6...10 { earlier.add(Double(index), at: Double(index) * 60) }
        var series = TrendSeries(width: 60, most: 3)
        series.add(100, at: 600)
        series.precede(with: earlier)
        #expect(series.samples().map(\.value) == [8, 9, 100])
    }

    /// After a jump or a cleanup the trend does not go on; a small distance is a fifth of the rise.
    @Test(arguments: [(0, true), (-2, true), (-5, false)] as [(Double, Bool)])
    func theLastSampleIsNearTheLine(distance: Double, isNear: Bool) {
        var samples = Self.line(16)
        samples[15].value += distance
        let demands = Trend.Demands(samples: 16, span: 3840, fit: 0.8, certainty: 0, reach: 3, horizon: 86_400)
        let seconds = Trend(samples)?.seconds(to: 30, leastRise: 1, demands)
        #expect((seconds != nil) == isNear)
    }
}
