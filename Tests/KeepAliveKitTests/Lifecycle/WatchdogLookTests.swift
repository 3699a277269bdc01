import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// A watchdog that checks when the test calls it.
struct WatchdogLookTests {
    private static let start = MonotonicTime.now()

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    /// A bot whose connection is ready at second 0, with its watchdog.
    private final class Scene {
        let gateway = GatewayHeartbeat()
        private(set) var lines: [String] = []
        private(set) var watchdog: WatchdogLook

        init(_ interval: Int, stall: Int) {
            watchdog = WatchdogLook(
                gateways: GatewayRegistry(main: gateway),
                thresholds: WatchdogThresholds(interval: .seconds(interval), stall: .seconds(stall)),
                canary: ExecutorCanary(), at: start)
            gateway.noteReady(at: start)
        }

        var isCondemned: Bool { lines.contains { $0.hasPrefix("watchdog: ") } }

        func look(at seconds: Double) {
            lines += (watchdog.look(at: max(at(seconds), watchdog.next)) ?? []).map { "\(KeepAliveEvent($0))" }
        }

        /// Checks at its own times, up to a moment.
        func live(until end: Double) {
            while watchdog.next < at(end) { look(at: 0) }
        }
    }

    /// Whenever and for however long the process is stopped.
    @Test(arguments: [(360, 1110), (60, 210), (1, 3), (1, 30), (10, 12)], [0.4, 0.9, 1.1, 3, 100])
    func aPauseOfTheWholeProcessIsNoSilence(limits: (interval: Int, stall: Int), pause: Double) {
        for begin in stride(from: 0.1, to: Double(limits.interval) + 1, by: Double(limits.interval) / 7) {
            let scene = Scene(limits.interval, stall: limits.stall)
            scene.live(until: begin)
            scene.gateway.touch(at: Self.at(begin))
            let woken = begin + pause * Double(limits.stall)
            scene.look(at: woken)
            // The next answer takes some time too.
            scene.live(until: woken + 0.1)
            #expect(!scene.isCondemned, "stopped at second \(begin): \(scene.lines)")
        }
    }

    /// A check that is always due would take a whole processor.
    @Test(arguments: [(Duration.zero, 100), (.seconds(-5), 100), (.milliseconds(99), 100), (.milliseconds(101), 101)])
    func anIntervalHasALeast(asked: Duration, milliseconds: Int) {
        let thresholds = WatchdogThresholds(interval: asked)
        var watchdog = WatchdogLook(
            gateways: GatewayRegistry(), thresholds: thresholds, canary: ExecutorCanary(), at: Self.start)
        _ = watchdog.look(at: Self.start)
        let least = Duration.milliseconds(milliseconds)
        #expect(watchdog.next == Self.start.advanced(by: least))
        #expect(thresholds.description.hasPrefix("checks every \(least.inWords);"))
    }

    @Test func aPauseIsForgivenOnce() {
        let scene = Scene(60, stall: 210)
        scene.live(until: 30)
        scene.look(at: 5000)
        #expect(scene.lines.count == 1)
        #expect(scene.lines.first?.hasPrefix("the process was suspended for ") == true)
        scene.live(until: 5000 + 60 + 210)
        #expect(!scene.isCondemned)
        scene.live(until: 5000 + 60 + 210 + 61)
        #expect(scene.isCondemned)
    }

    /// With these limits it looks every 7.5 s, and is late after 5 s.
    @Test func aShortDelayIsNoPause() {
        let scene = Scene(60, stall: 210)
        scene.look(at: 0)
        scene.look(at: 12.5)
        #expect(scene.lines.isEmpty)
        scene.look(at: 25.5)
        #expect(scene.lines == ["the process was suspended for 5.5 s; that time does not count as silence"])
        // With short ones it looks every 0.75 s, and is late after 1 s.
        let short = Scene(1, stall: 3)
        short.look(at: 0)
        short.look(at: 1.75)
        #expect(short.lines.isEmpty)
    }

    @Test func aPauseIsNoStoppedExecutor() {
        let scene = Scene(60, stall: 210)
        scene.look(at: 0)
        scene.watchdog.canary.sent(at: Self.start)
        scene.look(at: 5000)
        #expect(!scene.isCondemned)
        scene.live(until: 5000 + 300)
        #expect(scene.isCondemned)
    }

    /// Every connection is refused for up to an hour; then the next one succeeds.
    @Test(arguments: [(1000.0, false), (1109, false), (1500, true), (3600, true)])
    func anOutageIsWaitedOutForTheGrace(outage: Double, condemns: Bool) {
        let scene = Scene(360, stall: 1110)
        scene.live(until: 1)
        scene.gateway.noteDisconnected(at: Self.at(1))
        scene.live(until: 1 + outage)
        scene.gateway.noteReady(at: Self.at(1 + outage))
        for minute in 1...60 {
            scene.live(until: 1 + outage + Double(minute) * 60)
            scene.gateway.touch(at: Self.at(1 + outage + Double(minute) * 60))
        }
        #expect(scene.lines.map { $0.hasPrefix("watchdog: disconnected for ") } == (condemns ? [true] : []))
    }

    @Test func aQuietHourRaisesNothing() {
        let scene = Scene(360, stall: 1110)
        for poll in 1...120 {
            scene.live(until: Double(poll) * 30)
            scene.gateway.touch(at: Self.at(Double(poll) * 30))
        }
        #expect(scene.lines.isEmpty)
    }

    @Test func aStoppedExecutorIsCondemnedThoughNoLookIsDue() {
        let scene = Scene(3600, stall: 60)
        scene.look(at: 0)
        scene.watchdog.canary.sent(at: Self.start)
        scene.live(until: 60)
        #expect(!scene.isCondemned)
        scene.live(until: 75)
        #expect(scene.isCondemned)
        #expect(scene.lines.count == 1)
    }

    /// It is looked at every minute, and again once something has come.
    @Test func aSilenceInWhichTheServerAnswersIsSaidOnce() {
        let scene = Scene(60, stall: 210)
        func live(minutes: ClosedRange<Int>) {
            for minute in minutes {
                scene.live(until: Double(minute) * 60)
                scene.gateway.note(latency: .milliseconds(80), at: Self.at(Double(minute) * 60))
            }
        }
        live(minutes: 1...10)
        #expect(scene.lines.count == 1)
        scene.gateway.touch(at: Self.at(600))
        live(minutes: 11...20)
        #expect(scene.lines.count == 2)
        #expect(scene.lines.allSatisfy { $0.hasPrefix("connected and silent, but the server answers: no action; ") })
    }
}
