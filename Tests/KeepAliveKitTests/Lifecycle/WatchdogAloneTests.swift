import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A watchdog in a program without `KeepAlive`, with turns at times that the test chooses.
@Suite(.timeLimit(.minutes(1)))
struct WatchdogAloneTests {
    private let gateway = GatewayHeartbeat()
    private let condemned: EventLog<WatchdogCondemnation>
    private let watchdog: Watchdog

    init() {
        let condemned = EventLog<WatchdogCondemnation>()
        self.condemned = condemned
        // No limit of the executor: it runs in real time, and these turns do not.
        watchdog = Watchdog(
            gateway: gateway,
            thresholds: WatchdogThresholds(
                interval: .seconds(1), stall: .seconds(86_400), disconnectGrace: .seconds(60),
                executorStall: .seconds(86_400)),
            onCondemned: { condemned.append($0) })
    }

    /// Turns for so long, each when the watchdog wants it; returns the last one's time.
    private func turn(for duration: Duration, from start: MonotonicTime) -> MonotonicTime {
        var now = start
        while now < start.advanced(by: duration) {
            let next = watchdog.turn(at: now, signals: [])
            now = max(next ?? now, now.advanced(by: .milliseconds(100)))
        }
        return now
    }

    @Test func itTellsThatItHasGivenTheBotUp() async throws {
        try watchdog.start()
        defer { watchdog.stop() }
        let start = MonotonicTime.now()
        gateway.noteDisconnected(at: start)
        let before = turn(for: .seconds(50), from: start)
        #expect(!watchdog.isCondemning)
        let after = turn(for: .seconds(50), from: before)
        #expect(watchdog.isCondemning)
        #expect(try await condemned.element(at: 0).kind == .gateway)
        _ = turn(for: .seconds(100), from: after)
        #expect(watchdog.isCondemning)
    }

    /// A bot that is taken down on purpose is not given up afterwards.
    @Test func onceStoppedItGivesNobodyUp() throws {
        try watchdog.start()
        let start = MonotonicTime.now()
        gateway.noteDisconnected(at: start)
        let before = turn(for: .seconds(50), from: start)
        watchdog.stop()
        #expect(watchdog.turn(at: before, signals: []) == nil)
        _ = turn(for: .seconds(50), from: before)
        #expect(!watchdog.isCondemning)
    }
}
