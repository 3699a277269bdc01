import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

/// A bot that said it stops.
extension BotWatchTests {
    @Test func aStoppedProcessIsNewsOnce() {
        var watch = BotWatch()
        let (first, second) = (watch.becameStopped(), watch.becameStopped())
        #expect(first && !second)
    }

    @Test func whoStopsHasItsTimeAndNoWatchdog() {
        var watch = BotWatch()
        func isLate(_ seconds: Int64) -> Bool { watch.isLateToEnd(at: start.advanced(by: .seconds(seconds))) }
        watch.began(at: start, grace: .seconds(40), polls: true, isAwaited: true)
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        watch.extended(by: .seconds(1000), at: start)
        #expect(!watch.isStopping && !isLate(1000))
        watch.beganStopping(at: start)
        watch.beganStopping(at: start.advanced(by: .seconds(50)))
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        #expect([watch.watchdogAt, watch.readyAt, watch.startLimitAt] == [nil, nil, nil])
        #expect(watch.isStopping && !isLate(89))
        watch.extended(by: .seconds(20), at: start.advanced(by: .seconds(80)))
        #expect(!isLate(99))
        #expect(isLate(100))
        // Said once.
        #expect(!isLate(101))
    }

    @Test(arguments: [{ $0.becameReady() }, { $0.condemn() }, { $0.ended() }] as [@Sendable (inout BotWatch) -> Void])
    func stopsNoMore(after event: @Sendable (inout BotWatch) -> Void) {
        var watch = BotWatch()
        watch.beganStopping(at: start)
        event(&watch)
        #expect(!watch.isStopping)
    }
}
