/// How long a check pauses between two runs. Pure.
///
/// A check that calls the bot's own server begins before the body listens. Until it has passed once it is due again soon,
/// because a whole interval of 503 after each start would be a false alarm.
struct CheckPace {
    private let interval: Duration
    private var next: Duration

    init(interval: Duration) {
        self.interval = interval
        next = min(interval, .milliseconds(250))
    }

    mutating func pause(afterPassing hasPassed: Bool) -> Duration {
        if hasPassed { next = interval }
        defer { next = next > interval / 2 ? interval : next + next }
        return next
    }
}
