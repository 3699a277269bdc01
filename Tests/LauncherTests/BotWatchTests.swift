import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct BotWatchTests {
    let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test(arguments: [true, false])
    func theFirstLookComesAfterTheGrace(polls: Bool) {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: polls, isAwaited: false)
        #expect(watch.readyAt == start.advanced(by: .seconds(40)))
        #expect(watch.healthAt == (polls ? start.advanced(by: .seconds(40)) : nil))
        #expect(watch.watchdogAt == nil)
        #expect(watch.isWell)
        #expect(!watch.isReady)
    }

    @Test func aWrongPortIsWarnedOfOnceAndChangesNothing() {
        var watch = BotWatch()
        let text = "the bot announced X_KEEPALIVE_PORT=\"0\", which is not a port (1 to 65535); "
        #expect(watch.announced(wrongPort: "0") == text + "the launcher does not poll its /health")
        #expect(watch.announced(wrongPort: "x") == nil)
        var other = BotWatch()
        other.port = 8002
        #expect(other.announced(wrongPort: "0") == text + "the launcher polls 8002 as before")
        #expect(other.port == 8002)
    }

    /// Once, so that nothing is due for it any more.
    @Test func silenceIsReadinessAfterTheGrace() {
        var watch = BotWatch()
        let due = start.advanced(by: .seconds(40))
        let isBefore = watch.becomesReadyBySilence(at: due)
        #expect(!isBefore)
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: false)
        let isEarly = watch.becomesReadyBySilence(at: due.advanced(by: .milliseconds(-1)))
        #expect(!isEarly && watch.readyAt == due)
        let isDue = watch.becomesReadyBySilence(at: due)
        #expect(isDue && watch.readyAt == nil)
        let isAgain = watch.becomesReadyBySilence(at: due)
        #expect(!isAgain)
    }

    /// Once, so that nothing is due for it any more.
    @Test(arguments: [(-1, false), (0, true), (5000, true), (5001, false)] as [(Int64, Bool)])
    func theSilenceOfABotThatMustNotifyIsAHang(late: Int64, isSilent: Bool) {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: false, silence: .seconds(60))
        let due = start.advanced(by: .seconds(100))
        #expect(watch.readyAt == due)
        let now = due.advanced(by: .milliseconds(late))
        let isReady = watch.becomesReadyBySilence(at: now)
        #expect(!isReady)
        let found = watch.isSilentTooLong(at: now)
        #expect(found == isSilent)
        // A launcher that stood still itself gives it a minute more.
        let next = late < 0 ? due : now.advanced(by: .seconds(60))
        #expect(watch.readyAt == (isSilent ? nil : next))
        let isAgain = watch.isSilentTooLong(at: now)
        #expect(!isAgain)
    }

    @Test(arguments: ["speaks", "need not notify", "stops"])
    func isNeverSilentTooLongWho(_ way: String) {
        var watch = BotWatch()
        let silence: Duration? = way == "need not notify" ? nil : .seconds(60)
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: false, silence: silence)
        if way == "speaks" { watch.spoke() }
        if way == "stops" { watch.beganStopping(at: start) }
        let isSilent = watch.isSilentTooLong(at: start.advanced(by: .seconds(100)))
        #expect(!isSilent)
    }

    /// Otherwise a program that sends no notification would be killed for it.
    @Test func onlyTheKitAndWhoReportedReadinessMustNotify() {
        var watch = BotWatch()
        #expect(watch.silenceOfNext(isOnKit: true, watchdog: .seconds(60)) == .seconds(60))
        #expect(watch.silenceOfNext(isOnKit: true, watchdog: .seconds(1)) == .seconds(10))
        #expect(watch.silenceOfNext(isOnKit: true, watchdog: nil) == nil)
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: false)
        watch.becameReady(at: start.advanced(by: .seconds(40)))
        #expect(watch.silenceOfNext(isOnKit: false, watchdog: .seconds(60)) == nil)
        watch.spoke()
        #expect(watch.silenceOfNext(isOnKit: false, watchdog: .seconds(60)) == nil)
        // Its own word counts from then on, and its slow start.
        watch.becameReady(at: start.advanced(by: .seconds(50)))
        watch.becameReady(at: start.advanced(by: .seconds(500)))
        #expect(watch.silenceOfNext(isOnKit: false, watchdog: .seconds(60)) == .seconds(150))
        #expect(watch.silenceOfNext(isOnKit: false, watchdog: .seconds(200)) == .seconds(200))
        #expect(watch.silenceOfNext(isOnKit: false, watchdog: nil) == nil)
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

    @Test(arguments: [(0, true), (5000, true), (5001, false)])
    func onlyALookThatIsMuchTooLateProvesNothing(late: Int64, isMissed: Bool) {
        var watch = BotWatch()
        watch.watchdogSeen(timeout: .seconds(3), at: start)
        let look = start.advanced(by: .milliseconds(3000 + late))
        let found = watch.watchdogIsMissed(timeout: .seconds(3), at: look)
        #expect(found == isMissed)
        #expect(watch.watchdogAt == (isMissed ? nil : look.advanced(by: .seconds(3))))
    }

    @Test(arguments: [(-1, false), (0, true), (5000, true), (5001, false)])
    func aLauncherThatStoodStillAsksAfterAWholeInterval(late: Int64, asks: Bool) {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: true, isAwaited: false)
        let now = start.advanced(by: .milliseconds(40_000 + late))
        let isDue = watch.isPollDue(every: .seconds(10), at: now)
        #expect(isDue == asks)
        #expect(watch.askedAt == (asks ? now : nil))
        #expect(watch.healthAt == (late < 0 ? start.advanced(by: .seconds(40)) : now.advanced(by: .seconds(10))))
    }

    @Test func aBotThatCannotBeAskedIsNotAskedAgain() {
        var watch = BotWatch()
        watch.began(at: start, grace: .zero, polls: true, isAwaited: false)
        let isDue = watch.isPollDue(every: nil, at: start)
        #expect(isDue)
        #expect(watch.healthAt == nil)
    }

    /// An answer takes 5 s at most; one that comes 10 s later waited for the launcher.
    @Test(arguments: [(Int64(10_000), Int?.some(1)), (10_001, nil)])
    func aFailureAcrossAStandstillProvesNothing(later: Int64, failures: Int?) {
        for answer in [HealthAnswer.failed("no answer", isStuck: true), .unwell("503")] {
            var watch = BotWatch()
            watch.began(at: start, grace: .zero, polls: true, isAwaited: false)
            let isDue = watch.isPollDue(every: .seconds(10), at: start)
            #expect(isDue)
            #expect(watch.heard(answer, limit: 3, at: start.advanced(by: .milliseconds(later))) == failures)
        }
    }

    @Test func failuresInARowAreCountedUpToTheirLimit() {
        var watch = BotWatch()
        let failed = HealthAnswer.failed("503", isStuck: false)
        // Answers that prove nothing neither count as failures nor reset them.
        let answers: [HealthAnswer] = [failed, .unknown, failed, .cutOff, failed, failed, .well, failed]
        #expect(answers.map { watch.heard($0, limit: 3) } == [1, nil, 2, nil, 3, 1, nil, 1])
    }

    @Test func anEndWhileChecksFailIsNotTheEndOfAHealthyBot() {
        var watch = BotWatch()
        for (answers, isWell) in [([false, true], true), ([false], false), ([], false), ([true], true)] {
            for answer in answers { _ = watch.heard(answer ? .well : .failed("", isStuck: false), limit: 9) }
            watch.ended()
            #expect(watch.isWell == isWell)
        }
    }

    @Test func nothingIsDueOnceItHasEnded() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(1), polls: true, isAwaited: true)
        watch.watchdogSeen(timeout: .seconds(1), at: start)
        watch.ended()
        #expect([watch.healthAt, watch.watchdogAt, watch.readyAt, watch.startLimitAt] == [nil, nil, nil, nil])
    }

    @Test func nothingButItsEndIsDueOnceItIsCondemned() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(1), polls: true, isAwaited: true)
        watch.condemn()
        #expect([watch.readyAt, watch.startLimitAt] == [nil, nil])
        #expect(watch.isCondemned)
    }

    @Test func whoIsReadyIsNotAwaited() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(1), polls: true, isAwaited: true)
        watch.becameReady()
        #expect([watch.readyAt, watch.startLimitAt] == [nil, nil])
        #expect(watch.isReady && watch.healthAt != nil)
    }

    @Test func whoSpeaksIsReadyByItsOwnWordAlone() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: true)
        watch.spoke()
        #expect(watch.readyAt == nil)
        func isLate(_ seconds: Int64) -> Bool { watch.isLateToBeReady(at: start.advanced(by: .seconds(seconds))) }
        #expect(!isLate(99))
        watch.extended(by: .seconds(100), at: start.advanced(by: .seconds(50)))
        #expect(!isLate(149))
        #expect(isLate(150))
        // Reported once.
        #expect(!isLate(151))
    }

    @Test func whoSpeaksIsReadyAMinuteAfterTheGrace() {
        var watch = BotWatch()
        watch.began(at: start, grace: .seconds(40), polls: false, isAwaited: true)
        watch.spoke()
        // A request for less than is left anyway moves no limit.
        watch.extended(by: .seconds(1), at: start)
        func isLate(_ milliseconds: Int64) -> Bool {
            watch.isLateToBeReady(at: start.advanced(by: .milliseconds(milliseconds)))
        }
        #expect(!isLate(99_999))
        #expect(isLate(100_000))
    }

    @Test func whoStopsHasAMinuteAndAHalf() {
        var watch = BotWatch()
        watch.beganStopping(at: start)
        watch.extended(by: .seconds(1), at: start)
        func isLate(_ milliseconds: Int64) -> Bool {
            watch.isLateToEnd(at: start.advanced(by: .milliseconds(milliseconds)))
        }
        #expect(!isLate(89_999))
        #expect(isLate(90_000))
        #expect(!watch.isStopping)
    }

    /// A bot that hung was healthy up to its last sign of health, not up to its end.
    @Test func howLongItWasHealthy() {
        var watch = BotWatch()
        let end = start.advanced(by: .seconds(400))
        #expect(watch.healthyFor(since: start, at: end) == .seconds(400))
        #expect(watch.heard(.failed("503", isStuck: false), limit: 9) == 1)
        #expect(watch.healthyFor(since: start, at: end) == .seconds(400))
        watch.ended()
        #expect(watch.healthyFor(since: start, at: end) == nil)
        for sign in ["a good answer", "WATCHDOG=1", "none"] {
            var watch = BotWatch()
            let seen = start.advanced(by: .seconds(100))
            if sign == "a good answer" { _ = watch.heard(.well, limit: 9, at: seen) }
            if sign == "WATCHDOG=1" { watch.watchdogSeen(timeout: .seconds(3), at: seen) }
            watch.condemn()
            watch.ended()
            #expect(watch.healthyFor(since: start, at: end) == (sign == "none" ? nil : .seconds(100)), "\(sign)")
        }
    }

    @Test(arguments: ["is ready", "was ready before", "says nothing", "is awaited by nobody"])
    func isNotLateWho(_ way: String) {
        var watch = BotWatch()
        watch.began(at: start, grace: .zero, polls: false, isAwaited: way != "is awaited by nobody")
        if way != "says nothing" { watch.spoke() }
        if way == "is ready" { watch.becameReady() }
        if way == "was ready before" { watch.isReady = true }
        let isLate = watch.isLateToBeReady(at: start.advanced(by: .seconds(1000)))
        #expect(!isLate)
    }

    @Test func anotherIntervalHoldsAtOnce() {
        var watch = BotWatch()
        watch.watchdogChanged(to: .seconds(9), at: start)
        #expect(watch.watchdogAt == nil)
        watch.watchdogSeen(timeout: .seconds(60), at: start)
        watch.watchdogChanged(to: .seconds(3), at: start.advanced(by: .seconds(1)))
        #expect(watch.watchdogAt == start.advanced(by: .seconds(4)))
        #expect(watch.watchdogTimeout == .seconds(3))
    }
}
