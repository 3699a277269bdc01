import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Sends the outbox: one task per channel, so that a slow channel delays no other.
///
/// At least once: an event leaves the outbox only after its peer has accepted it. If the monitor dies in between, it
/// resends the event with its key.
struct Dispatcher: Sendable {
    private let outbox: any AlertOutbox
    private let channels: [any Channel]
    private let client: HTTPClient
    private let log: Log
    /// The time limit of a channel for one event.
    private let patience: Duration
    /// Whether this monitor may send now: among several only the leader may.
    private let maySend: @Sendable () -> Bool
    /// Called after each stored delivery: the channel's trouble, or nil if it accepts alerts.
    private let noted: @Sendable (any Channel, ChannelTrouble?) -> Void
    private let ending = Ending()

    /// Whether sending has ended, and the channels that had not answered by then.
    private final class Ending: Sendable {
        let unanswered = Mutex<Set<String>>([])
        private let isOver = Atomic<Bool>(false)
        var hasCome: Bool { isOver.load(ordering: .relaxed) }
        func come() { isOver.store(true, ordering: .relaxed) }
    }

    init(
        outbox: any AlertOutbox, channels: [any Channel], client: HTTPClient, log: Log,
        patience: Duration = .seconds(120), maySend: @escaping @Sendable () -> Bool = { true },
        noted: @escaping @Sendable (any Channel, ChannelTrouble?) -> Void = { _, _ in }
    ) {
        self.outbox = outbox
        self.channels = channels
        self.client = client
        self.log = log
        self.patience = patience
        self.maySend = maySend
        self.noted = noted
    }

    /// Sends until the task is cancelled.
    func run() async {
        for (name, count) in await outbox.waitingChannels().sorted(by: { $0.key < $1.key })
        where !channels.contains(where: { $0.name == name }) {
            log(
                .error,
                "\(count == 1 ? "an alert waits" : "\(count) alerts wait") for channel \(name), which is no longer configured; add the channel again to deliver"
            )
        }
        await withDiscardingTaskGroup { group in
            for channel in channels { group.addTask { await serve(channel) } }
        }
    }

    /// Starts no further sending. What is being sent goes on, and the outbox gives it to no other dispatcher.
    func finish() async {
        ending.come()
        await outbox.wakeAll()
    }

    /// Sends until nothing sendable is left or the time is over. Then a channel that has not answered is in trouble.
    func deliverAll(timeout: Duration) async {
        let names = channels.map(\.name)
        let deadline = MonotonicTime.now().advanced(by: timeout)
        await withTaskGroup { group in
            group.addTask { await run() }
            await outbox.settled(names, before: deadline)
            group.cancelAll()
        }
        let unanswered = ending.unanswered.withLock { $0 }
        for channel in channels where unanswered.contains(channel.name) {
            note(channel, await outbox.trouble(of: channel.name) ?? "no answer within \(timeout.inWords)")
        }
    }

    private func serve(_ channel: any Channel) async {
        // The trouble stored by an earlier run; nil if it belonged to another configuration.
        note(channel, await outbox.trouble(of: channel.name))
        var advice: String?
        while let entry = await outbox.next(for: channel.name, unless: { [ending] in ending.hasCome }) {
            guard maySend() else { return await outbox.release(entry) }
            let delivery = await send(entry, on: channel)
            // An attempt that our own shutdown cancelled proves nothing about the peer.
            if Task.isCancelled, !delivery.isDelivered {
                ending.unanswered.withLock { _ = $0.insert(channel.name) }
                return await outbox.release(entry)
            }
            let (left, trouble) = await outbox.note(delivery, for: entry)
            report(delivery, entry, left)
            if let given = channel.advice, given != advice { log(.warning, "channel \(channel.name): \(given)") }
            advice = channel.advice
            note(channel, trouble)
        }
    }

    private func note(_ channel: any Channel, _ reason: String?) {
        let trouble = reason.map { ChannelTrouble(channel: channel.name, reason: log.redact($0), isDelivering: false) }
        let advice = channel.advice.map {
            ChannelTrouble(channel: channel.name, reason: log.redact($0), isDelivering: true)
        }
        noted(channel, trouble ?? advice)
    }

    /// Extra time for a delivery during shutdown: the peer may have accepted the event, and would get it twice.
    private static let grace = Duration.seconds(3)

    /// Abandons a channel that ignores its time limit and its cancellation.
    private func send(_ entry: Outbox.Entry, on channel: any Channel) async -> Delivery {
        await withDeadline(patience, grace: Self.grace) {
            await channel.send(entry.event, key: entry.key, with: client)
        } ?? .failed(reason: "no answer within \(patience.inWords)", retryAfter: nil)
    }

    /// - Parameter left: the waiting entry; nil if the entry is done.
    private func report(_ delivery: Delivery, _ entry: Outbox.Entry, _ left: Outbox.Entry?) {
        let what = "\(entry.event.kind) alert for \(entry.event.service)"
        let (reason, isRefused): (String, Bool)
        switch delivery.outcome {
        case .delivered:
            let attempts = entry.attempts > 0 ? " after \(entry.attempts.counted("failed attempt"))" : ""
            let missing = delivery.missing.map { "; \($0)" } ?? ""
            log(
                entry.attempts > 0 || delivery.missing != nil ? .warning : .info,
                "\(what) delivered to \(entry.channel)\(attempts)\(missing)")
            return
        case .failed(let words): (reason, isRefused) = (words, false)
        case .refused(let words): (reason, isRefused) = (words, true)
        }
        // A dead channel is retried for days. New trouble is logged at once, continuing trouble only now and then.
        let attempt = entry.attempts &+ 1
        let isNews = entry.lastError != reason || attempt & entry.attempts == 0
        let next = left.map { "; attempt \(attempt), next in \(Self.words($0.dueAt.since(.now())))" } ?? ""
        let advice = isRefused ? "; check this channel" : ""
        log(
            !isNews ? .debug : isRefused ? .error : .warning,
            "\(what) not delivered to \(entry.channel): \(reason)\(next)\(advice)")
    }

    private static func words(_ time: Duration) -> String {
        let seconds = max(1, time.seconds.rounded())
        return seconds < 120 ? "\(Int(seconds)) s" : "\(Int((seconds / 60).rounded())) min"
    }
}
