import KeepAliveKit
import KeepAlivePlatform

/// The sender's view of the outbox; `History` keeps it.
protocol AlertOutbox: Sendable {
    /// Waits for the next event to send on a channel; nil once the task is cancelled or its caller has ended.
    ///
    /// A handed-out event goes to no other caller until its outcome is noted: after a reload an earlier dispatcher may
    /// still be sending.
    func next(for channel: String, unless hasEnded: @Sendable () -> Bool) async -> Outbox.Entry?

    /// Notes the outcome of sending an entry. Returns once it is committed, or kept in memory if it cannot be.
    /// - Returns: the waiting entry, nil if it is done, and the trouble of its channel.
    func note(_ delivery: Delivery, for entry: Outbox.Entry) async -> (left: Outbox.Entry?, trouble: String?)

    /// Returns a cancelled entry to the queue, without an outcome.
    func release(_ entry: Outbox.Entry) async

    /// Returns at `deadline`, or as soon as none of these channels has an event due before it.
    func settled(_ channels: [String], before deadline: MonotonicTime) async

    /// How many events each channel has waiting.
    func waitingChannels() async -> [String: Int]

    /// The channel's last error, nil after a delivery; it survives a restart of the monitor.
    func trouble(of channel: String) async -> String?

    /// Wakes every caller that waits for an event, so that it looks again.
    func wakeAll() async
}
