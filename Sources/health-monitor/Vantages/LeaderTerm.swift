import KeepAliveKit
import KeepAlivePlatform

/// One term of a leader: the alerts and the outbox as the shared database had them, and the sending.
///
/// It ends with the lease, and nothing of it lives on: the next leader begins from the database. A commit that finds
/// another leader's epoch fails.
final class LeaderTerm: Sendable {
    let epoch: Int64
    let history: History
    private let dispatcher: Dispatcher
    private let sending: Task<Void, Never>

    /// Ending deliveries may take this long.
    private static let patience = Duration.seconds(4)

    /// Begins to send.
    init(_ epoch: Int64, _ history: History, _ dispatcher: Dispatcher) {
        self.epoch = epoch
        self.history = history
        self.dispatcher = dispatcher
        sending = Task { await dispatcher.run() }
    }

    /// Stops sending, and keeps what is still ours to keep.
    func end() async {
        sending.cancel()
        await dispatcher.finish()
        _ = await withDeadline(Self.patience) { [sending] in await sending.value }
        await history.close()
    }

    /// With other channels: a reload.
    func with(_ dispatcher: Dispatcher) async -> LeaderTerm {
        sending.cancel()
        await self.dispatcher.finish()
        _ = await withDeadline(Self.patience) { [sending] in await sending.value }
        return LeaderTerm(epoch, history, dispatcher)
    }
}
