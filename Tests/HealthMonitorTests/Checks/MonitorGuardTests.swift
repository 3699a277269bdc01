import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit

struct MonitorGuardTests {
    /// An activity that does not end makes the monitor unhealthy and starves the watchdog until it ends.
    @Test func checksThatDoNotEndShow() async throws {
        let folder = try TemporaryDirectory()
        let manager = try NotifyListener(path: folder.file("notify").path)
        let notifier = try ServiceNotifier(environment: [
            "NOTIFY_SOCKET": folder.file("notify").path, "WATCHDOG_USEC": "3000000",
        ])
        let (pulse, health, lines) = (Pulse(), HealthMonitor(), EventLog<String>())
        let guardian = MonitorGuard(
            pulse, health: health, grace: .seconds(5), notifier: notifier, log: Log { _, line in lines.append(line) })
        let (began, gate) = (EventLog<Void>(), EventLog<Void>())
        let check = Task {
            await pulse.during(.init("the check of", "web"), within: .seconds(1)) {
                began.append(())
                _ = try? await gate.element(at: 0)
            }
        }
        _ = try await began.element(at: 0)
        let now = MonotonicTime.now()
        guardian.beat(at: now)
        #expect(health.report().status == .healthy)
        #expect(manager.drain().map { $0["WATCHDOG"] } == ["1"])
        for second in 8...20 { guardian.beat(at: now.advanced(by: .seconds(second))) }
        #expect(health.report().status == .unhealthy)
        #expect(health.report().reasons.contains { $0.hasPrefix("checks do not end: the check of web is ") })
        #expect(manager.drain() == [])
        #expect(lines.count == 1)
        gate.append(())
        await check.value
        guardian.beat(at: now.advanced(by: .seconds(30)))
        #expect(health.report().status == .healthy)
        #expect(manager.drain().map { $0["WATCHDOG"] } == ["1"])
        #expect(lines.elements.last == "checks finish again")
    }

    /// Its own `/health` may be asked before the guard's thread runs again.
    @Test func aStandstillIsNoSilence() {
        let health = HealthMonitor(unhealthyAfter: .seconds(30))
        let guardian = MonitorGuard(Pulse(), health: health, grace: .seconds(5), log: .none)
        let now = MonotonicTime.now()
        func isWell(_ seconds: Double) -> Bool {
            health.report(at: now.advanced(by: .seconds(seconds)), responseTimes: nil).status == .healthy
        }
        #expect(!isWell(40))
        guardian.beat(at: now)
        #expect(isWell(1000))
        for seconds in stride(from: 1001, to: 1035, by: 4) { guardian.beat(at: now.advanced(by: .seconds(seconds))) }
        #expect(isWell(1030))
        #expect(!isWell(1031))
    }

    /// After a standstill of the process every activity gets its full time again.
    @Test func aStandstillIsNoDelay() async throws {
        let pulse = Pulse()
        let start = MonotonicTime.now()
        pulse.tick(at: .now, start)
        #expect(!pulse.stoodStill(since: start))
        await pulse.during(.init("the check of", "web"), within: .seconds(1)) {
            let later = start.advanced(by: .seconds(60))
            #expect(pulse.overdue(at: later, grace: .zero) != nil)
            pulse.tick(at: .now.advanced(by: .seconds(60)), later)
            #expect(pulse.overdue(at: later, grace: .zero) == nil)
        }
        #expect(pulse.stoodStill(since: start))
        #expect(!pulse.stoodStill(since: start.advanced(by: .seconds(61))))
        // The ticking thread has not run yet.
        #expect(pulse.stoodStill(since: start.advanced(by: .seconds(61)), at: .now.advanced(by: .seconds(90))))
    }

    @Test func twoSecondsWithoutATickAreAStandstill() {
        let (pulse, start) = (Pulse(), MonotonicTime.now())
        let tick = ContinuousClock.now
        pulse.tick(at: tick, start)
        pulse.tick(at: tick.advanced(by: .milliseconds(900)), start.advanced(by: .milliseconds(900)))
        #expect(!pulse.stoodStill(since: start, at: tick))
        pulse.tick(at: tick.advanced(by: .milliseconds(2900)), start.advanced(by: .milliseconds(2900)))
        #expect(pulse.stoodStill(since: start, at: tick))
    }

    /// At least three times in its interval, so that a late one ends nothing.
    @Test func theServiceManagerIsFedThreeTimesInItsInterval() async throws {
        let folder = try TemporaryDirectory()
        let manager = try NotifyListener(path: folder.file("notify").path)
        let notifier = try ServiceNotifier(environment: [
            "NOTIFY_SOCKET": folder.file("notify").path, "WATCHDOG_USEC": "3000000",
        ])
        let guardian = MonitorGuard(
            Pulse(), health: HealthMonitor(), grace: .seconds(5), notifier: notifier, log: .none)
        let now = MonotonicTime.now()
        for tenth in 0..<30 { guardian.beat(at: now.advanced(by: .milliseconds(tenth * 100))) }
        #expect(manager.drain().count == 3)
        // As soon as a third is over.
        guardian.beat(at: now.advanced(by: .seconds(3)))
        #expect(manager.drain().count == 1)
    }

    /// Ticks that come late on a busy machine are no standstill.
    @Test func aSecondWithoutATickIsNone() {
        let (pulse, start, tick) = (Pulse(), MonotonicTime.now(), ContinuousClock.now)
        pulse.tick(at: tick, start)
        let (second, later) = (Duration.seconds(1), Duration.seconds(3))
        #expect(!pulse.stoodStill(since: start, at: tick.advanced(by: second)))
        pulse.tick(at: tick.advanced(by: second), start.advanced(by: second))
        #expect(!pulse.stoodStill(since: start, at: tick.advanced(by: second)))
        pulse.tick(at: tick.advanced(by: later), start.advanced(by: later))
        // A look that began when the process went on may have waited for it.
        #expect(pulse.stoodStill(since: start.advanced(by: later), at: tick.advanced(by: later)))
        let after = start.advanced(by: later + .microseconds(1))
        #expect(!pulse.stoodStill(since: after, at: tick.advanced(by: later)))
    }

    /// A check that has time left hides none that has not.
    @Test func theMostOverdueIsNamed() async {
        let (pulse, now) = (Pulse(), MonotonicTime.now())
        await pulse.during(.init("the check of", "slow"), within: .seconds(100_000)) {
            await pulse.during(.init("the check of", "stuck"), within: .seconds(1)) {
                let overdue = pulse.overdue(at: now.advanced(by: .seconds(50_000)), grace: .seconds(5))
                #expect(overdue?.activity == Pulse.Activity("the check of", "stuck"))
            }
            #expect(pulse.overdue(at: now.advanced(by: .seconds(50_000)), grace: .seconds(5)) == nil)
        }
    }

    /// Checks learn of a standstill by the ticks of this thread.
    @Test func aBeatIsATick() {
        let pulse = Pulse()
        let guardian = MonitorGuard(pulse, health: HealthMonitor(), grace: .seconds(5), log: .none)
        let later = ContinuousClock.now.advanced(by: .seconds(86_400))
        #expect(!pulse.stoodStill(since: .now(), at: later), "without ticks nobody knows")
        guardian.beat()
        #expect(pulse.stoodStill(since: .now(), at: later))
    }
}
