import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Which of several dispatchers sends.
extension DispatcherTests {
    /// Of several monitors only the leader sends; what another has not sent is the leader's.
    @Test(.timeLimit(.minutes(1))) func whoeverMayNotSendLeavesTheEventToOthers() async throws {
        let peer = try PeerServer { _ in .status(200) }
        let history = scene.history()
        await tell(history, [ChannelScene.event()])
        let hook = try channel(peer)
        await Dispatcher(
            outbox: history, channels: [hook], client: HTTPClient(), log: scene.log, maySend: { false }
        ).run()
        #expect(peer.requests.count == 0)
        await dispatcher(history, [hook]).deliverAll(timeout: .seconds(60))
        #expect(peer.requests.count == 1)
        await history.close()
    }

    /// After a reload the next one sends.
    @Test(.timeLimit(.minutes(1))) func aFinishedDispatcherSendsNothingMore() async throws {
        let peer = try PeerServer { _ in .status(200) }
        let history = scene.history()
        let noted = EventLog<ChannelTrouble?>()
        let sender = Dispatcher(
            outbox: history, channels: [try channel(peer)], client: HTTPClient(), log: scene.log,
            noted: { noted.append($1) })
        let run = Task { await sender.run() }
        // It waits for events.
        _ = try await noted.element(at: 0)
        await sender.finish()
        await run.value
        await tell(history, [ChannelScene.event()])
        await sender.run()
        #expect(peer.requests.count == 0)
        await history.close()
    }
}
