import KeepAliveKit
import Testing

@testable import launcher

struct BotWatchTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test(arguments: [true, false])
    func theFirstLookComesAfterTheGrace(polls: Bool) {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: polls)
        #expect(watch.readyAt == start.advanced(by: .seconds(40)))
        #expect(watch.healthAt == (polls ? start.advanced(by: .seconds(40)) : nil))
        #expect(watch.watchdogAt == nil)
        #expect(watch.isWell)
        #expect(!watch.isReady)
    }

    @Test func eachWatchdogMessageMovesTheDeadline() {
        var watch = BotWatch()
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        #expect(watch.watchdogAt == start.advanced(by: .seconds(3)))
        watch.watchdogSeen(timeout: .seconds(3), at: start.advanced(by: .seconds(2)))
        #expect(watch.watchdogAt == start.advanced(by: .seconds(5)))
        watch.watchdogSeen(timeout: nil, at: start)
        #expect(watch.watchdogAt == nil)
    }

    @Test func aLauncherThatStoodStillItselfBlamesNobody() {
        var watch = BotWatch()
        func isMissed(_ seconds: Int64) -> Bool {
            watch.watchdogIsMissed(timeout: .seconds(3), at: start.advanced(by: .seconds(seconds)))
        }
        #expect(!isMissed(1000))
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        #expect(!isMissed(2))
        #expect(!isMissed(100))
        #expect(!isMissed(102))
        #expect(isMissed(103))
        #expect(!isMissed(104))
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        #expect(isMissed(8))
    }

    @Test func anEndWhileChecksFailIsNotTheEndOfAHealthyBot() {
        var watch = BotWatch()
        watch.failures = 2
        watch.wasWell()
        #expect(watch.failures == 0)
        watch.ended(uptime: .seconds(1))
        #expect(watch.isWell)
        watch.failures = 1
        watch.ended(uptime: .seconds(1))
        #expect(!watch.isWell)
        watch.wasWell()
        #expect(watch.isWell)
    }

    @Test func nothingIsDueOnceItHasEnded() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(1), polls: true)
        watch.watchdogSeen(timeout: .seconds(1), at: start)
        watch.ended(uptime: .zero)
        #expect([watch.healthAt, watch.watchdogAt, watch.readyAt] == [nil, nil, nil])
    }
}
