import KeepAliveKit
import KeepAlivePlatform

/// The outbox as whoever sends its events sees it; `History` keeps it.
protocol AlertOutbox: Sendable {
    /// The next event to send on a channel, awaited; nil once the task is cancelled, or its caller has ended.
    ///
    /// What was given out is given to nobody else until it is noted what came of it: after a reload an earlier dispatcher may
    /// still be sending.
    func next(for channel: String, unless hasEnded: @Sendable () -> Bool) async -> Outbox.Entry?

    /// Notes what came of sending an entry. Returns once that is committed, or is kept in memory where it cannot be: how the
    /// entry stands now, nil when it is done with, and what is wrong with its channel.
    func note(_ delivery: Delivery, for entry: Outbox.Entry) async -> (left: Outbox.Entry?, trouble: String?)

    /// Gives back what was broken off: nothing came of it.
    func release(_ entry: Outbox.Entry) async

    /// Returns once nothing of these channels' is due before `deadline` any more, or then.
    func settled(_ channels: [String], before deadline: MonotonicTime) async

    /// How many events wait for each channel.
    func waitingChannels() async -> [String: Int]

    /// What a channel answered to the last try, where it took nothing since; also what an earlier run of the monitor heard.
    func trouble(of channel: String) async -> String?

    /// Wakes everybody who waits for an event, to look again.
    func wakeAll() async
}
