/// Decides what follows when the bot's body has ended. Pure: it neither sleeps nor reads a clock.
///
/// One record serves all layers (the bot's own loop, the launcher, the service manager): whoever restarts continues the
/// same sequence of delays and the same count of failures.
public struct RestartPolicy: Equatable, Sendable {
    /// How a run of the body ended.
    public enum Outcome: Equatable, Sendable {
        /// It returned although nobody had asked it to.
        case returned
        /// It threw.
        case threw(ErrorClass)
    }

    /// What to do.
    package enum Action: Equatable, Sendable {
        /// Start the body again after a delay.
        case restart(after: Duration)
        /// Stop: it failed as often in a row as the limit allows.
        case giveUp(failures: Int)
        /// Stop: starting again would not help.
        case stop
    }

    /// What is remembered between runs, and across processes.
    package struct Record: Equatable, Sendable {
        /// Bad ends in a row, of any class: the place in the sequence of delays.
        package var consecutive: Int
        /// Those of them that count toward the limit.
        package var failures: Int

        /// A record; the default is that of a healthy bot.
        package init(consecutive: Int = 0, failures: Int = 0) {
            self.consecutive = consecutive
            self.failures = failures
        }
    }

    /// The delays.
    public var backoff: Backoff
    /// After so many failures in a row: stop. At least 1.
    public var maxRestarts: Int
    /// A bot that has been healthy for so long starts the sequence over.
    public var resetAfter: Duration
    /// What is remembered.
    package private(set) var record = Record()

    /// Makes a policy.
    public init(
        backoff: Backoff = Backoff(), maxRestarts: Int = 10, resetAfter: Duration = .seconds(300)
    ) {
        self.backoff = backoff
        self.maxRestarts = maxRestarts
        self.resetAfter = resetAfter
    }

    /// The delay that the latest bad end stands for; what a process that gave up leaves to the next one.
    package var latestDelay: Duration {
        record.consecutive == 0 ? .zero : backoff.delay(record.consecutive - 1)
    }

    /// Continues a sequence that another process began.
    package mutating func resume(_ record: Record) {
        self.record = Record(consecutive: max(0, record.consecutive), failures: max(0, record.failures))
    }

    /// The bot has been healthy: a sequence of failures ends once that has lasted for `resetAfter`.
    ///
    /// - Returns: whether something was forgotten.
    package mutating func wasHealthy(for duration: Duration) -> Bool {
        guard duration >= resetAfter, record != Record() else { return false }
        record = Record()
        return true
    }

    /// The body has ended without having been asked to.
    package mutating func ended(_ outcome: Outcome, using generator: inout some RandomNumberGenerator) -> Action {
        var retryAfter = Duration.zero
        switch outcome {
        case .threw(.critical), .threw(.system):
            return .stop
        case .threw(.network(let asked)):
            retryAfter = asked ?? .zero
            // Even with the delays set to 0, an outage must not turn into a loop that eats the processor.
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
