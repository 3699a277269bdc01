import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// What each report of a connection changes, and what it leaves.
struct GatewayConnectionTests {
    private let base = MonotonicTime.now()
    private let heartbeat = GatewayHeartbeat()

    private func at(_ seconds: Int64) -> MonotonicTime { base.advanced(by: .seconds(seconds)) }

    @Test func aNewConnectionIsAnEvent() {
        heartbeat.noteConnected(at: at(5))
        #expect(heartbeat.snapshot(at: at(8)).lastEventAge == .seconds(3))
    }

    @Test func eachLossHasItsOwnAge() {
        heartbeat.noteConnected(at: at(1))
        heartbeat.noteDisconnected(at: at(2))
        heartbeat.noteConnected(at: at(12))
        heartbeat.noteDisconnected(at: at(20))
        #expect(heartbeat.snapshot(at: at(25)).disconnectAge == .seconds(5))
    }

    @Test func aNegativeRoundTripIsNone() {
        heartbeat.noteConnected(at: at(1))
        heartbeat.note(latency: .seconds(-1), at: at(2))
        #expect(heartbeat.snapshot(at: at(3)).latency == .zero)
    }

    @Test func aBodyThatBeginsAnewHasNoConnection() {
        heartbeat.noteReady(at: at(1))
        heartbeat.note(latency: .milliseconds(70), at: at(2))
        heartbeat.beginAnew(at: at(10))
        #expect(
            heartbeat.snapshot(at: at(14))
                == GatewaySnapshot(
                    connected: false, lastEventAge: .seconds(4), lastReadyAge: .seconds(13), disconnectAge: .seconds(4))
        )
    }

    /// A service may ask for silence before anything has come.
    @Test func silenceBeforeTheFirstEventIsExpectedToo() {
        #expect(heartbeat.snapshot(at: at(50)).lastEventAge <= .seconds(50))
        heartbeat.expectSilence(until: at(100))
        #expect(heartbeat.snapshot(at: at(90)).lastEventAge == .zero)
        #expect(heartbeat.snapshot(at: at(110)).lastEventAge == .seconds(10))
    }

    /// Both are needed: the service has accepted the bot, and the connection is still there.
    @Test(arguments: [(true, false), (false, true)])
    func aHalfReadyBotIsNotAnnounced(isConnected: Bool, wasReady: Bool) {
        if wasReady {
            heartbeat.noteReady(at: at(1))
            heartbeat.noteDisconnected(at: at(2))
        }
        if isConnected { heartbeat.noteConnected(at: at(3)) }
        let count = Atomic<Int>(0)
        heartbeat.whenReady { count.add(1, ordering: .relaxed) }
        #expect(count.load(ordering: .relaxed) == 0)
        heartbeat.noteReady(at: at(4))
        #expect(count.load(ordering: .relaxed) == 1)
    }

    /// In `/health`, and in the lines of the log.
    @Test func eachAgeStandsUnderItsName() throws {
        let snapshot = GatewaySnapshot(
            connected: true, lastEventAge: .seconds(1), lastReadyAge: .seconds(2), disconnectAge: .seconds(3),
            latency: .milliseconds(4500))
        var bytes: [UInt8] = []
        snapshot.appendJSON(to: &bytes)
        let json = try JSON(parsing: bytes)
        #expect(json["connected"] == true && json["stalled"] == nil)
        for (key, seconds) in [("lastEventAge", 1), ("lastReadyAge", 2), ("disconnectAge", 3), ("latency", 4.5)] {
            #expect(json[key]?.double == seconds, "\(key)")
        }
        #expect(
            "\(snapshot)" == "connected=true lastEventAge=1 s lastReadyAge=2 s disconnectAge=3 s latency=4.5 s")
        let fresh = GatewaySnapshot(connected: false, lastEventAge: .zero)
        #expect(
            "\(fresh)"
                == "connected=false lastEventAge=0 s lastReadyAge=never disconnectAge=none latency=unknown")
    }
}
