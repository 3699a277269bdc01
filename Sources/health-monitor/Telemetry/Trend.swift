/// A straight line through samples, and whether they lie on it well enough to say where it leads. Pure.
struct Trend: Sendable, Equatable {
    struct Sample: Sendable, Equatable {
        /// Seconds.
        var time: Double
        var value: Double
    }

    /// What samples have to be for a forecast.
    struct Demands: Sendable {
        var samples: Int
        /// Seconds from the first to the last.
        var span: Double
        /// The share of the samples' variance that the line explains (R²).
        var fit = 0.8
        /// How many times its own standard error the mean step from sample to sample has to be, and a few more the fewer
        /// samples there are.
        var certainty = 3.0
        /// The line is not followed for longer than so many times the span that it was drawn from,
        var reach = 3.0
        /// and never for longer than this.
        var horizon = 30 * 86_400.0
    }

    /// Per second.
    let slope: Double
    let fit: Double
    let span: Double
    let count: Int
    let last: Sample
    /// How far the last sample lies from the line.
    let lastError: Double
    /// The mean step from sample to sample in standard errors: what chance alone leads up by is seldom over 3.
    let certainty: Double

    /// Draws the line by least squares; nil for fewer than three samples, or samples of one time.
    init?(_ samples: [Sample]) {
        guard samples.count >= 3, let first = samples.first, let last = samples.last,
            samples.allSatisfy({ $0.time.isFinite && $0.value.isFinite })
        else { return nil }
        let count = Double(samples.count)
        // From their means on: squares of times since 1970 would leave no digits for the minutes.
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

    /// What a number that only wanders (memory under changing load) has that looks like a line is a row of steps that happen
    /// to have one sign, and R² is high for many a one. So the steps are asked: their mean against its standard error, by
    /// the long-run variance of Newey and West with Bartlett's weights, which knows that noise around a line takes back
    /// each step, and that one jump is one step.
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
        // Steps that are all alike have none; what is left of it is the rounding of numbers.
        let error = (max(0, variance) / count).squareRoot()
        return mean / max(error, abs(mean) * 1e-6)
    }

    /// Seconds from the last sample until the line is at a limit; nil where the samples support no forecast.
    ///
    /// - Parameter leastRise: a rise over the whole span that is no more than this is noise.
    func seconds(to limit: Double, leastRise: Double, _ demands: Demands) -> Double? {
        let rise = slope * span
        guard count >= demands.samples, span >= demands.span, fit >= demands.fit, rise > leastRise, last.value < limit,
            certainty >= demands.certainty + 12 / Double(count),
            // What has just been tidied up, or has just jumped, does not go on as it went.
            lastError <= max(leastRise, rise * 0.2)
        else { return nil }
        let seconds = (limit - last.value) / slope
        guard seconds.isFinite, seconds <= min(demands.horizon, demands.reach * span) else { return nil }
        return seconds
    }
}
