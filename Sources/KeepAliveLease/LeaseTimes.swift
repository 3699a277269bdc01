/// The times of a lease, as parts of its time to live, counted from the moment before a request is written.
///
/// A leader has ended before a standby may begin, whatever any clock but this machine's own says.
package struct LeaseTimes: Sendable, Equatable {
    /// The time to live: what a standby watches an unchanged beat for.
    package let timeToLive: Duration

    /// Times of a lease that lives for `timeToLive`.
    package init(timeToLive: Duration) {
        self.timeToLive = timeToLive
    }

    /// How often the leader renews: 0.1.
    package var renewEvery: Duration { timeToLive / 10 }

    /// How soon a leader asks again after an unknown answer.
    package var retryEvery: Duration { timeToLive / 40 }

    /// How long a leader takes unknown answers from one keeper: 0.3.
    package var replaceAfter: Duration { timeToLive * 3 / 10 }

    /// How long a standby waits at most before it tries again to take a lease: a fifth, at most 10 s.
    package var takeEvery: Duration { min(timeToLive / 5, .seconds(10)) }

    /// How long a standby waits at most before it looks again at a lease that it cannot reach.
    package static let reachEvery: Duration = .seconds(1)

    /// How long an answer may take before the keeper is replaced: 0.1, at least a second.
    package var giveUp: Duration { max(timeToLive / 10, .seconds(1)) }

    /// A bot is started only with this much left: 0.5.
    package var neededToStart: Duration { timeToLive / 2 }

    /// The bot is asked to end: 0.80.
    package var terminate: Duration { timeToLive * 80 / 100 }

    /// The bot's group is killed: 0.90.
    package var kill: Duration { timeToLive * 90 / 100 }

    /// The keeper and the kit end the bot themselves: 0.92.
    package var guardKill: Duration { timeToLive * 92 / 100 }

    /// How often a standby observes: half a second, for a short lease a twentieth of it.
    package var observeEvery: Duration { min(.milliseconds(500), timeToLive / 20) }

    /// How often a leader that offers its lease, and a standby that claims one, look: 0.1 s and 50 ms.
    package static let offerEvery: Duration = .milliseconds(100)
    package static let claimEvery: Duration = .milliseconds(50)

    /// How long an offer waits for an heir.
    package static let offerFor: Duration = .seconds(5)

    /// How often a standby that cannot run the bot looks whether it can.
    package static let examineEvery: Duration = .seconds(1)

    /// How soon a keeper that has ended is replaced.
    package static let keeperEvery: Duration = .milliseconds(100)

    /// How long a launcher that stops tries to release its lease: the layers above wait 2 s longer than those below.
    package static let releaseFor: Duration = .seconds(2)

    /// How long a lease passed on to another is left to it.
    package static let heirFirst: Duration = .seconds(2)
}
