/// The delay before the next start: `initial`, then twice as long each time, up to `maximum`.
///
/// With the defaults: 5, 10, 20, 40, 80, 160, 300, 300, … seconds.
public struct Backoff: Equatable, Sendable {
    /// The first delay; if zero, all delays are zero.
    public var initial: Duration
    /// No delay exceeds this.
    public var maximum: Duration
    /// The share of each delay (0 to 1) by which it is shortened at random, so that failed bots do not return together.
    public var jitter: Double

    /// Makes a sequence of delays.
    public init(initial: Duration = .seconds(5), maximum: Duration = .seconds(300), jitter: Double = 0) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The delay number `index`, counted from 0, without jitter.
    public func delay(_ index: Int) -> Duration {
        var delay = initial
        // Stops at the maximum, so that a large index neither overflows nor takes long.
        var left = index
        while left > 0, delay > .zero, delay < maximum {
            delay += delay
            left -= 1
        }
        return min(delay, maximum)
    }

    /// The delay number `index`, shortened at random by up to the share `jitter`.
    public func delay(_ index: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = delay(index)
        let share = min(max(jitter, 0), 1)
        guard share > 0 else { return whole }
        return whole - whole * Double.random(in: 0...share, using: &generator)
    }
}
