/// A straight line through samples, and whether it fits well enough for a forecast. Pure.
struct Trend: Sendable, Equatable {
    struct Sample: Sendable, Equatable {
        /// Seconds.
        var time: Double
        var value: Double
    }

    /// The requirements on samples for a forecast.
    struct Demands: Sendable {
        var samples: Int
        /// Seconds from the first to the last sample.
        var span: Double
        /// The share of the samples' variance that the line explains (R²).
        var fit = 0.8
        /// The minimum of the mean step in standard errors; a little more with fewer samples.
        var certainty = 3.0
        /// The most multiples of the span that a forecast may reach ahead.
        var reach = 3.0
        /// The longest forecast, in seconds.
        var horizon = 30 * 86_400.0
    }

    /// Per second.
    let slope: Double
    let fit: Double
    let span: Double
    let count: Int
    let last: Sample
    /// The distance of the last sample from the line.
    let lastError: Double
    /// The mean step between samples in standard errors; chance alone seldom exceeds 3.
    let certainty: Double

    /// Fits the line by least squares; nil for fewer than three samples, or without different times.
    init?(_ samples: [Sample]) {
        guard samples.count >= 3, let first = samples.first, let last = samples.last,
            samples.allSatisfy({ $0.time.isFinite && $0.value.isFinite })
        else { return nil }
        let count = Double(samples.count)
        // Relative to the means: squares of times since 1970 would leave no digits for minutes.
        let meanTime = samples.reduce(0) { $0 + ($1.time - first.time) / count }
        let mean = samples.reduce(0) { $0 + $1.value / count }
        var (timeSquares, products, squares) = (0.0, 0.0, 0.0)
        for sample in samples {
            let time = sample.time - first.time - meanTime
            let value = sample.value - mean
            timeSquares += time * time
            products += time * value
            squares += value * value
        }
        guard timeSquares > 0, timeSquares.isFinite, squares.isFinite else { return nil }
        slope = products / timeSquares
        fit = squares > 0 ? (products * products) / (timeSquares * squares) : 0
        span = last.time - first.time
        self.count = samples.count
        self.last = last
        certainty = Self.certainty(of: samples.map(\.value))
        lastError = abs(last.value - (mean + slope * (last.time - first.time - meanTime)))
    }

    /// A number that only wanders (memory under changing load) can look like a line with a high R²: its steps happen to
    /// share a sign.
    /// So this tests the steps: their mean against its standard error, from the long-run variance of Newey and West
    /// with Bartlett's weights. It accounts for noise that reverses each step, and counts one jump as one step.
    private static func certainty(of values: [Double]) -> Double {
        let steps = zip(values.dropFirst(), values).map { $0 - $1 }
        let count = Double(steps.count)
        let mean = steps.reduce(0) { $0 + $1 / count }
        let rests = steps.map { $0 - mean }
        func covariance(_ lag: Int) -> Double {
            zip(rests.dropFirst(lag), rests).reduce(0) { $0 + $1.0 * $1.1 / count }
        }
        let lags = Int(count.squareRoot())
        var variance = covariance(0)
        for lag in 1...max(1, lags) where lag <= lags {
            variance += 2 * (1 - Double(lag) / Double(lags + 1)) * covariance(lag)
        }
        guard mean.isFinite, variance.isFinite, mean != 0 else { return 0 }
        // Equal steps have no variance; only rounding errors are left.
        let error = (max(0, variance) / count).squareRoot()
        return mean / max(error, abs(mean) * 1e-6)
    }

    /// Seconds from the last sample until the line reaches a limit; nil if the samples support no forecast.
    ///
    /// - Parameter leastRise: a rise over the whole span up to this value counts as noise.
    func seconds(to limit: Double, leastRise: Double, _ demands: Demands) -> Double? {
        let rise = slope * span
        guard count >= demands.samples, span >= demands.span, fit >= demands.fit, rise > leastRise, last.value < limit,
            certainty >= demands.certainty + 12 / Double(count),
            // After a cleanup or a jump the trend does not continue.
            lastError <= max(leastRise, rise * 0.2)
        else { return nil }
        let seconds = (limit - last.value) / slope
        guard seconds.isFinite, seconds <= min(demands.horizon, demands.reach * span) else { return nil }
        return seconds
    }
}
