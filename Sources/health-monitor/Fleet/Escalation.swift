import KeepAlivePlatform

/// When a channel with `after` learns of an alert: only once nobody has acknowledged it for that long. Pure.
///
/// Until then its first event waits in the outbox, and later events replace it. An alert that ends before leaves no
/// trace on the channel.
enum Escalation {
    enum Step: Equatable {
        /// An ordinary event: the channel knows the alert.
        case add
        /// The first event of an alert: it waits until then.
        case wait(until: MonotonicTime)
        /// Takes the place of the waiting event, and its time.
        case replace
        /// The alert is over before the channel learned of it: the waiting event and this one are dropped.
        case drop
    }

    /// - Parameters:
    ///   - event: a new event of an alert.
    ///   - delay: the channel's `after`.
    ///   - waiting: the alert's first event, while the channel has not received it.
    ///   - isHeld: whether the alert is acknowledged.
    static func step(
        for event: AlertEvent, after delay: Duration, waiting: Outbox.Entry?, isHeld: Bool, at now: MonotonicTime
    ) -> Step {
        if let waiting, isHeld || now < waiting.dueAt, waiting.attempts == 0 {
            return event.kind.isEnd ? .drop : .replace
        }
        guard event.isFirstOfAlert else { return .add }
        let (passed, overflow) = event.happenedAt.subtractingReportingOverflow(event.triggeredAt)
        let left = delay.microseconds - (overflow ? 0 : min(max(0, passed), delay.microseconds))
        return .wait(until: now.advanced(by: .microseconds(left)))
    }
}
