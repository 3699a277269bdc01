import HTTPClient
import KeepAliveKit

/// Sends what is in the outbox: one task for each channel, so that a slow one holds up no other.
///
/// At least once: an event leaves the outbox only after its peer has taken it. A monitor that dies in between sends it
/// again, with the same key.
struct Dispatcher: Sendable {
    private let history: History
    private let channels: [any Channel]
    private let client: HTTPClient
    private let log: Log
    /// The longest that a channel may take for one event.
    private let patience: Duration
    /// Told after it is kept what came of a delivery.
    private let noted: @Sendable () -> Void

    init(
        history: History, channels: [any Channel], client: HTTPClient, log: Log, patience: Duration = .seconds(120),
        noted: @escaping @Sendable () -> Void = {}
    ) {
        self.history = history
        self.channels = channels
        self.client = client
        self.log = log
        self.patience = patience
        self.noted = noted
    }

    /// Sends until the task is cancelled.
    func run() async {
        for (name, count) in await history.waitingChannels().sorted(by: { $0.key < $1.key })
        where !channels.contains(where: { $0.name == name }) {
            log(
                .error,
                "\(count == 1 ? "an alert waits" : "\(count) alerts wait") for channel \(name), which the configuration does not have any more"
            )
        }
        await withDiscardingTaskGroup { group in
            for channel in channels { group.addTask { await serve(channel) } }
        }
    }

    /// Sends until nothing is left that could be sent before the time is over.
    func deliverAll(timeout: Duration) async {
        _ = await history.waitingChannels()
        let names = channels.map(\.name)
        let deadline = MonotonicTime.now().advanced(by: timeout)
        await withTaskGroup { group in
            group.addTask { await run() }
            await history.settled(names, before: deadline)
            group.cancelAll()
        }
    }

    private func serve(_ channel: any Channel) async {
        while let entry = await history.next(for: channel.name) {
            let delivery = await send(entry, on: channel)
            // A try that was broken off by our own end says nothing of the peer.
            if Task.isCancelled, delivery != .delivered { return }
            report(delivery, entry)
            await history.note(delivery, for: entry)
            noted()
        }
    }

    /// For a sending that is under way when the monitor is to end: its peer may have taken the event, and would get it again.
    private static let grace = Duration.seconds(3)

    private func send(_ entry: Outbox.Entry, on channel: any Channel) async -> Delivery {
        let sending = Task { await attempt(entry, on: channel) }
        return await withTaskCancellationHandler {
            await sending.value
        } onCancel: {
            Task {
                try? await Task.sleep(for: Self.grace, clock: .suspending)
                sending.cancel()
            }
        }
    }

    private func attempt(_ entry: Outbox.Entry, on channel: any Channel) async -> Delivery {
        await withTaskGroup(of: Delivery?.self) { group in
            group.addTask { await channel.send(entry.event, key: entry.key, with: client) }
            group.addTask {
                try? await Task.sleep(for: patience, clock: .suspending)
                return nil
            }
            defer { group.cancelAll() }
            if case .some(.some(let delivery)) = await group.next() { return delivery }
            return .failed(reason: "no answer within \(patience.inWords)", retryAfter: nil)
        }
    }

    private func report(_ delivery: Delivery, _ entry: Outbox.Entry) {
        let what = "alert \(entry.event.kind) of \(entry.event.service) on \(entry.channel)"
        switch delivery {
        case .delivered:
            let tries = entry.attempts > 0 ? " after \(entry.attempts) failed tries" : ""
            log(entry.attempts > 0 ? .warn : .info, "\(what): delivered\(tries)")
        case .failed(let reason, _):
            log(.warn, "\(what): not delivered, and tried again later: \(reason)")
        case .refused(let reason):
            log(.error, "\(what): REFUSED; somebody has to look at this channel: \(reason)")
        }
    }
}
