import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// A kill between a commit and the emptying of the reserve repeats a batch.
struct HistoryReplayTests {
    @Test(
        arguments: StoreKind.allCases,
        [[.opened], [.opened, .escalated, .resolved], [.resolved]] as [[AlertEvent.Kind]])
    func aBatchThatIsWrittenTwiceIsOneAlert(kind: StoreKind, kinds: [AlertEvent.Kind]) async throws {
        let scene = try await HistoryScene(kind)
        let store = scene.store()
        _ = try store.load()
        var batch = HistoryBatch()
        batch.add(
            HistoryScene.check(), TargetState(),
            kinds.enumerated().map { ChannelScene.event($1, after: Int64($0)) })
        for _ in 1...2 { try store.commit(batch) }
        store.close()
        let alerts = try scene.reader().alerts(status: nil, service: nil, limit: 9)
        #expect(alerts.map(\.status) == [kinds.contains(.resolved) ? .resolved : .active])
        #expect(try scene.reader().steps(of: alerts)[alerts[0].id]?.map(\.kind) == kinds)
    }
}
