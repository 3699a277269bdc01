/// Decides what follows when the bot's body has ended. Pure: it neither sleeps nor reads a clock.
///
/// All layers (the bot's own loop, the launcher, the service manager) share one record. So each continues one sequence
/// of delays and one count of failures.
public struct RestartPolicy: Equatable, Sendable {
    /// How a run of the body ended.
    package enum Outcome: Equatable, Sendable {
        /// It returned although nobody had asked it to.
        case returned
        /// It threw.
        case threw(ErrorClass)
    }

    /// What to do.
    package enum Action: Equatable, Sendable {
        /// Restart the body after a delay.
        case restart(after: Duration)
        /// Stop: it failed as often in a row as the limit allows.
        case giveUp(failures: Int)
        /// Stop: a restart would not help.
        case stop
    }

    /// The state that is kept between runs, and across processes.
    package struct Record: Equatable, Sendable {
        /// Bad ends in a row, of any class: the place in the sequence of delays.
        package var consecutive: Int
        /// The bad ends that count toward the limit.
        package var failures: Int

        /// A record; the default is a healthy bot's record.
        package init(consecutive: Int = 0, failures: Int = 0) {
            self.consecutive = consecutive
            self.failures = failures
        }
    }

    /// The delays.
    public var backoff: Backoff
    /// The bot stops after this many failures in a row. At least 1.
    public var maxRestarts: Int
    /// After this long healthy, the backoff delay returns to its first value.
    public var resetAfter: Duration
    /// The kept state.
    package private(set) var record = Record()

    /// Makes a policy.
    public init(
        backoff: Backoff = Backoff(), maxRestarts: Int = 10, resetAfter: Duration = .seconds(300)
    ) {
        self.backoff = backoff
        self.maxRestarts = maxRestarts
        self.resetAfter = resetAfter
    }

    /// The delay of the latest bad end, which a process that gave up leaves to the next process.
    package var latestDelay: Duration {
        record.consecutive == 0 ? .zero : backoff.delay(record.consecutive - 1)
    }

    /// Continues the sequence of another process.
    package mutating func resume(_ record: Record) {
        self.record = Record(consecutive: max(0, record.consecutive), failures: max(0, record.failures))
    }

    /// The bot has been healthy for `duration`: failures are forgotten once that reaches `resetAfter`.
    ///
    /// - Returns: whether failures were forgotten.
    package mutating func wasHealthy(for duration: Duration) -> Bool {
        guard duration >= resetAfter, record != Record() else { return false }
        record = Record()
        return true
    }

    /// The body has ended unasked.
    package mutating func ended(_ outcome: Outcome, using generator: inout some RandomNumberGenerator) -> Action {
        var retryAfter = Duration.zero
        switch outcome {
        case .threw(.critical), .threw(.system):
            return .stop
        case .threw(.network(let asked)):
            retryAfter = asked ?? .zero
            // Even with delays of 0, an outage must not become a busy loop.
            if record.consecutive > 0 { retryAfter = max(retryAfter, .seconds(1)) }
        case .returned, .threw(.failure):
            record.failures = Self.next(record.failures)
            if record.failures >= maxRestarts {
                record.consecutive = Self.next(record.consecutive)
                return .giveUp(failures: record.failures)
            }
        }
        let delay = backoff.delay(record.consecutive, using: &generator)
        record.consecutive = Self.next(record.consecutive)
        return .restart(after: max(delay, retryAfter))
    }

    private static func next(_ count: Int) -> Int {
        count < Int.max ? count + 1 : count
    }
}
