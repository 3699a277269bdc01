/// The times of a lease, as parts of its time to live, counted from the moment before a request is written.
///
/// A leader has ended before a standby may begin, whatever any clock but this machine's own says.
public struct LeaseTimes: Sendable, Equatable {
    /// The time to live: what a standby watches an unchanged beat for.
    public let timeToLive: Duration

    /// Times of a lease that lives for `timeToLive`.
    public init(timeToLive: Duration) {
        self.timeToLive = timeToLive
    }

    /// How often the leader renews: 0.1.
    public var renewEvery: Duration { timeToLive / 10 }

    /// How long an answer may take before the keeper is replaced: 0.1, at least a second.
    public var giveUp: Duration { max(timeToLive / 10, .seconds(1)) }

    /// A bot is started only with this much left: 0.5.
    public var neededToStart: Duration { timeToLive / 2 }

    /// The bot is asked to end: 0.80.
    public var terminate: Duration { timeToLive * 80 / 100 }

    /// The bot's group is killed: 0.90.
    public var kill: Duration { timeToLive * 90 / 100 }

    /// The keeper and the kit end the bot themselves: 0.92.
    public var guardKill: Duration { timeToLive * 92 / 100 }

    /// How often a standby observes: half a second, for a short lease a twentieth of it.
    public var observeEvery: Duration { min(.milliseconds(500), timeToLive / 20) }

    /// How often a leader that offers its lease, and a standby that claims one, look: 0.1 s and 50 ms.
    public static let offerEvery: Duration = .milliseconds(100)
    public static let claimEvery: Duration = .milliseconds(50)

    /// How long an offer waits for an heir.
    public static let offerFor: Duration = .seconds(5)

    /// How long a lease passed on to another is left to it.
    public static let heirFirst: Duration = .seconds(2)
}
