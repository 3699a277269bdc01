import KeepAliveKit

/// Decides when each queued reply may be sent: in order within a chat, chats in parallel. Pure: times are passed in.
///
/// Telegram publishes the limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this):
/// about 30 messages a second in all, 1 a second in a chat, 20 a minute in a group. A wait that Telegram requests for a
/// chat delays that chat alone.
struct ReplyLanes: Sendable {
    enum Next: Equatable, Sendable {
        case send(id: Int64, lane: Lane)
        case wait(until: SuspendingClock.Instant)
        case nothing
    }

    /// The unit of order: a chat. The answer to a button waits for nothing and has no chat limit.
    enum Lane: Hashable, Sendable {
        case chat(Int64)
        /// With the reply's id.
        case button(Int64)

        fileprivate var isGroup: Bool { if case .chat(let id) = self { id < 0 } else { false } }
    }

    static let interval = Duration.milliseconds(34)
    static let intervalInChat = Duration.seconds(1)
    static let mostInGroup = 20
    static let groupWindow = Duration.seconds(60)
    /// The most sends in progress: 30 a second, even if Telegram takes a second to answer.
    static let mostSending = 32

    private struct Waiting {
        /// Ids of replies, oldest first, from `first` on: taken ids stay, so that the array is not shifted each time.
        var ids: [Int64] = []
        var first = 0
        var isSending = false
        var notBefore: SuspendingClock.Instant?
        var failures = 0
        /// The last send times, in a group.
        var sent: [SuspendingClock.Instant] = []

        var next: Int64? { first < ids.count ? ids[first] : nil }
    }

    private var lanes: [Lane: Waiting] = [:]
    private var notBefore: SuspendingClock.Instant?
    private var sending = 0
    /// Lanes that found Telegram out of order, since it last took or refused a reply.
    private var cutOff: Set<Lane> = []

    /// Appends a reply to its lane. Replies come in the order of their ids.
    ///
    /// - Parameter time: the wait that an earlier process was asked for, if any.
    mutating func add(_ id: Int64, to lane: Lane, notBefore time: SuspendingClock.Instant? = nil) {
        var waiting = lanes[lane] ?? Waiting()
        waiting.ids.append(id)
        if let time { waiting.notBefore = max(waiting.notBefore ?? time, time) }
        lanes[lane] = waiting
    }

    /// The next action. A reply to be sent counts as in progress until `sent` or `failed`.
    mutating func next(at now: SuspendingClock.Instant) -> Next {
        guard sending < Self.mostSending else { return .nothing }
        var best: (id: Int64, lane: Lane)?
        var soonest: SuspendingClock.Instant?
        var idle: [Lane] = []
        defer { for lane in idle { lanes[lane] = nil } }
        for (lane, waiting) in lanes where !waiting.isSending {
            guard let id = waiting.next else {
                // Kept as long as earlier sends limit later ones.
                if waiting.notBefore ?? now <= now,
                    waiting.sent.allSatisfy({ $0.duration(to: now) >= Self.groupWindow })
                {
                    idle.append(lane)
                }
                continue
            }
            if let due = waiting.notBefore, due > now {
                soonest = min(soonest ?? due, due)
            } else if id < best?.id ?? .max {
                best = (id, lane)
            }
        }
        guard let best else { return soonest.map { .wait(until: $0) } ?? .nothing }
        if let notBefore, notBefore > now { return .wait(until: notBefore) }
        // Makes up for a late timer, but without a burst.
        notBefore = max(notBefore ?? now, now.advanced(by: .zero - Self.interval * 3)).advanced(by: Self.interval)
        sending += 1
        lanes[best.lane]?.isSending = true
        return .send(id: best.id, lane: best.lane)
    }

    /// The first reply of a lane is finished: it was sent, or never will be.
    mutating func settled(_ lane: Lane, at now: SuspendingClock.Instant) {
        guard var waiting = end(lane) else { return }
        waiting.first += 1
        waiting.failures = 0
        cutOff = []
        if waiting.first > 64, waiting.first * 2 > waiting.ids.count {
            waiting.ids.removeFirst(waiting.first)
            waiting.first = 0
        }
        if case .chat = lane {
            waiting.notBefore = now.advanced(by: Self.intervalInChat)
        } else {
            waiting.notBefore = nil
        }
        if lane.isGroup {
            waiting.sent = waiting.sent.filter { $0.duration(to: now) < Self.groupWindow } + [now]
            if waiting.sent.count >= Self.mostInGroup, let first = waiting.sent.first {
                // The window may end before the second that follows each message.
                let windowEnd = first.advanced(by: Self.groupWindow)
                waiting.notBefore = max(waiting.notBefore ?? windowEnd, windowEnd)
            }
        }
        lanes[lane] = waiting
    }

    /// The first reply of a lane could not be sent: the lane waits, longer each time, at least as requested.
    ///
    /// - Parameter isOutage: Telegram did not answer, or reported an outage. When two lanes in a row find that, all
    ///   lanes wait; a single lane may hold a reply that Telegram cannot take.
    /// - Returns: the wait.
    mutating func failed(
        _ lane: Lane, at now: SuspendingClock.Instant, retry: Backoff, atLeast: Duration, isOutage: Bool = false
    ) -> Duration {
        guard var waiting = end(lane) else { return .zero }
        let delay = max(retry.delay(waiting.failures), atLeast)
        waiting.failures += 1
        waiting.notBefore = now.advanced(by: delay)
        lanes[lane] = waiting
        if isOutage { cutOff.insert(lane) } else { cutOff = [] }
        if cutOff.count > 1 { notBefore = max(notBefore ?? now, now.advanced(by: delay)) }
        return delay
    }

    /// How many replies of a lane wait, including one in progress.
    func count(in lane: Lane) -> Int { lanes[lane].map { $0.ids.count - $0.first } ?? 0 }

    private mutating func end(_ lane: Lane) -> Waiting? {
        guard var waiting = lanes[lane], waiting.isSending else { return nil }
        sending -= 1
        waiting.isSending = false
        return waiting
    }
}
