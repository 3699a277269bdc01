import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Sends what is in the outbox: one task for each channel, so that a slow one holds up no other.
///
/// At least once: an event leaves the outbox only after its peer has taken it. A monitor that dies in between sends it
/// again, with the same key.
struct Dispatcher: Sendable {
    private let outbox: any AlertOutbox
    private let channels: [any Channel]
    private let client: HTTPClient
    private let log: Log
    /// The longest that a channel may take for one event.
    private let patience: Duration
    /// Told after it is kept what came of a delivery: what is wrong with the channel, nil where it takes alerts.
    private let noted: @Sendable (any Channel, ChannelTrouble?) -> Void
    private let ending = Ending()

    /// Whether nothing new is to be sent.
    private final class Ending: Sendable {
        private let isOver = Atomic<Bool>(false)
        var hasCome: Bool { isOver.load(ordering: .relaxed) }
        func come() { isOver.store(true, ordering: .relaxed) }
    }

    init(
        outbox: any AlertOutbox, channels: [any Channel], client: HTTPClient, log: Log,
        patience: Duration = .seconds(120),
        noted: @escaping @Sendable (any Channel, ChannelTrouble?) -> Void = { _, _ in }
    ) {
        self.outbox = outbox
        self.channels = channels
        self.client = client
        self.log = log
        self.patience = patience
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

    /// Begins no other sending; what is under way comes to its end. Another dispatcher may take over at once.
    func finish() async {
        ending.come()
        await outbox.wakeAll()
    }

    /// Sends until nothing is left that could be sent before the time is over.
    func deliverAll(timeout: Duration) async {
        let names = channels.map(\.name)
        let deadline = MonotonicTime.now().advanced(by: timeout)
        await withTaskGroup { group in
            group.addTask { await run() }
            await outbox.settled(names, before: deadline)
            group.cancelAll()
        }
    }

    private func serve(_ channel: any Channel) async {
        // What an earlier run of the monitor heard of it; or nothing, where another configuration had trouble with it.
        note(channel, await outbox.trouble(of: channel.name))
        var advice: String?
        while let entry = await outbox.next(for: channel.name, unless: { [ending] in ending.hasCome }) {
            let delivery = await send(entry, on: channel)
            // A try that was broken off by our own end says nothing of the peer.
            if Task.isCancelled, !delivery.isDelivered { return await outbox.release(entry) }
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

    /// For a sending that is under way when the monitor is to end: its peer may have taken the event, and would get it again.
    private static let grace = Duration.seconds(3)

    /// A channel that heeds neither its time nor a cancellation is left behind.
    private func send(_ entry: Outbox.Entry, on channel: any Channel) async -> Delivery {
        await withDeadline(patience, grace: Self.grace) {
            await channel.send(entry.event, key: entry.key, with: client)
        } ?? .failed(reason: "no answer within \(patience.inWords)", retryAfter: nil)
    }

    /// - Parameter left: the entry as it waits on; nil when it is done with.
    private func report(_ delivery: Delivery, _ entry: Outbox.Entry, _ left: Outbox.Entry?) {
        let what = "\(entry.event.kind) alert for \(entry.event.service)"
        let (reason, isRefused): (String, Bool)
        switch delivery.outcome {
        case .delivered:
            let attempts = entry.attempts > 0 ? " after \(entry.attempts.counted("failed attempt"))" : ""
            log(entry.attempts > 0 ? .warning : .info, "\(what) delivered to \(entry.channel)\(attempts)")
            return
        case .failed(let words): (reason, isRefused) = (words, false)
        case .refused(let words): (reason, isRefused) = (words, true)
        }
        // A channel that is gone is tried for days. What is new is logged, and now and then that it goes on.
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
