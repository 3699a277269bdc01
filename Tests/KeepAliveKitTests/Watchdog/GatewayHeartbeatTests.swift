import KeepAlivePlatform
import Synchronization
import Testing

@testable import KeepAliveKit

struct GatewayHeartbeatTests {
    private func time(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: MonotonicTime.now().nanoseconds + seconds * 1_000_000_000)
    }

    @Test func beforeAnythingItIsDisconnected() {
        let snapshot = GatewayHeartbeat().snapshot(at: time(50))
        #expect(!snapshot.connected)
        #expect(snapshot.lastReadyAge == nil)
        #expect((snapshot.disconnectAge ?? .zero) >= .seconds(49))
    }

    @Test func agesCountFromEachEvent() {
        let heartbeat = GatewayHeartbeat()
        let base = MonotonicTime.now()
        func at(_ seconds: Int64) -> MonotonicTime { base.advanced(by: .seconds(seconds)) }
        heartbeat.noteConnected(at: at(1))
        heartbeat.noteReady(at: at(2))
        heartbeat.touch(at: at(5))
        heartbeat.note(latency: .milliseconds(70), at: at(6))
        #expect(
            heartbeat.snapshot(at: at(10))
                == GatewaySnapshot(
                    connected: true, lastEventAge: .seconds(5), lastReadyAge: .seconds(8), disconnectAge: nil,
                    latency: .milliseconds(70), latencyAge: .seconds(4)))
    }

    /// The coarse clock may stand still during a round trip.
    @Test func aRoundTripMayTakeNoTime() {
        let heartbeat = GatewayHeartbeat()
        heartbeat.noteConnected(at: time(1))
        heartbeat.note(latency: .zero, at: time(2))
        #expect(heartbeat.snapshot(at: time(3)).latency == .zero)
    }

    @Test func aSecondLossDoesNotMakeTheFirstYounger() {
        let heartbeat = GatewayHeartbeat()
        let base = MonotonicTime.now()
        heartbeat.noteReady(at: base)
        heartbeat.noteDisconnected(at: base.advanced(by: .seconds(1)))
        heartbeat.noteDisconnected(at: base.advanced(by: .seconds(5)))
        #expect(heartbeat.snapshot(at: base.advanced(by: .seconds(11))).disconnectAge == .seconds(10))
        heartbeat.noteConnected(at: base.advanced(by: .seconds(12)))
        #expect(heartbeat.snapshot(at: base.advanced(by: .seconds(13))).disconnectAge == nil)
    }

    /// Discord's acknowledgement on yesterday's connection excuses no silence of today's.
    @Test func aRoundTripBelongsToItsConnection() {
        let heartbeat = GatewayHeartbeat()
        let base = MonotonicTime.now()
        heartbeat.noteConnected(at: base)
        heartbeat.note(latency: .milliseconds(70), at: base)
        heartbeat.noteReady(at: base)
        #expect(heartbeat.snapshot(at: base).latency == .milliseconds(70), "ready again is no other connection")
        heartbeat.noteDisconnected(at: base)
        heartbeat.noteConnected(at: base)
        #expect(heartbeat.snapshot(at: base).latency == nil)
        #expect(heartbeat.snapshot(at: base).latencyAge == nil)
    }

    @Test func aNameHasOneHeartbeatAndItsLatestCallback() {
        let health = HealthMonitor()
        let calls = Counter()
        let shard = health.gateway("shard 1") { _ in }
        #expect(health.gateway("shard 1") { _ in calls.add() } === shard)
        #expect(health.gateway("shard 1") === shard)
        #expect(health.gateway("shard 2") !== shard)
        shard.noteReady()
        let report = health.report()
        #expect(report.gateways.map(\.name) == ["shard 1", "shard 2"])
        #expect(report.gateways.map(\.snapshot.connected) == [true, false])
        health.gateways.named[0].onStall?(shard.snapshot)
        #expect(calls.value == 1)
    }

    /// The connections of an earlier run's body are gone.
    @Test func aRunThatIsOverLeavesNoConnection() {
        let registry = GatewayRegistry(main: GatewayHeartbeat())
        let named = registry.heartbeat("shard 1", onStall: nil)
        let base = MonotonicTime.now()
        for gateway in [registry.main, named] { gateway?.noteReady(at: base) }
        registry.forget(at: base.advanced(by: .seconds(10)))
        registry.expectSilence(until: base.advanced(by: .seconds(5000)))
        for gateway in [registry.main, named] {
            let snapshot = gateway?.snapshot(at: base.advanced(by: .seconds(5001)))
            #expect(
                snapshot
                    == GatewaySnapshot(connected: false, lastEventAge: .seconds(1), disconnectAge: .seconds(1)))
        }
    }

    @Test func theFirstReadyIsToldOnce() {
        let heartbeat = GatewayHeartbeat()
        let count = Counter()
        heartbeat.whenReady { count.add() }
        heartbeat.noteConnected()
        #expect(count.value == 0)
        for _ in 0..<3 { heartbeat.noteReady() }
        #expect(count.value == 1)
        // The next run registers again and is called at once.
        heartbeat.whenReady { count.add() }
        #expect(count.value == 2)
        heartbeat.noteReady()
        #expect(count.value == 2)
    }

    @Test func readinessFollowsIt() {
        let heartbeat = GatewayHeartbeat()
        let health = HealthMonitor(gateway: heartbeat)
        health.heartbeat()
        #expect(!health.report().isReady)
        heartbeat.noteConnected()
        #expect(!health.report().isReady)
        heartbeat.noteReady()
        #expect(health.report().isReady)
        heartbeat.noteDisconnected()
        #expect(!health.report().isReady)
        #expect(health.report().status == .healthy)
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }
}

struct AskedToWaitTests {
    private let base = MonotonicTime.now()

    private func at(_ seconds: Int64) -> MonotonicTime { base.advanced(by: .seconds(seconds)) }

    @Test func noAgeCountsBeforeTheWaitIsOver() {
        let heartbeat = GatewayHeartbeat()
        heartbeat.noteReady(at: base)
        heartbeat.expectSilence(until: at(100))
        #expect(heartbeat.snapshot(at: at(90)).lastEventAge == .zero)
        #expect(heartbeat.snapshot(at: at(130)).lastEventAge == .seconds(30))
        heartbeat.noteDisconnected(at: at(50))
        #expect(heartbeat.snapshot(at: at(130)).disconnectAge == .seconds(30))
    }

    @Test func aWaitThatIsCutCountsUntilThen() {
        let registry = GatewayRegistry(main: GatewayHeartbeat())
        let named = registry.heartbeat("shard 1", onStall: nil)
        for gateway in [registry.main, named] { gateway?.noteDisconnected(at: base) }
        registry.expectSilence(until: at(3600))
        registry.endSilence(at: at(10))
        // A later cut forgives nothing.
        registry.endSilence(at: at(20))
        for gateway in [registry.main, named] {
            #expect(gateway?.snapshot(at: at(40)).disconnectAge == .seconds(30))
        }
    }

    @Test func aShorterWaitDoesNotEndALongerOne() {
        let heartbeat = GatewayHeartbeat()
        heartbeat.expectSilence(until: at(100))
        heartbeat.expectSilence(until: at(10))
        #expect(heartbeat.snapshot(at: at(110)).disconnectAge == .seconds(10))
    }
}
