import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct HealthMonitorTests {
    struct Failure: Error {}

    @Test func aNewMonitorIsHealthyAndCountsFromItsStart() {
        let report = HealthMonitor().report()
        #expect(report.status == .healthy)
        #expect(report.totalUpdates == 0)
        #expect(report.totalErrors == 0)
        #expect(report.errorRate == 0)
        #expect(report.lastHeartbeatAgo == nil)
        #expect(report.lastUpdateAgo == report.uptime)
        #expect(report.responseTimes == nil)
        #expect(report.restarts == 0)
    }

    @Test func countsFromEightThreadsAreExact() {
        let health = HealthMonitor()
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 1...10_000 {
                health.recordUpdate()
                if number.isMultiple(of: 2) { health.recordUpdate(took: .milliseconds(thread + 1)) }
                if number.isMultiple(of: 5) { health.recordError() }
            }
        }
        let report = health.report()
        #expect(report.totalUpdates == 8 * 15_000)
        #expect(report.totalErrors == 8 * 2000)
        #expect(report.errorRate == 16_000.0 / 120_000)
        #expect(report.responseTimes?.max == 8)
        #expect(report.lastUpdateAgo < report.uptime)
    }

    /// More threads than stripes, one after the other, so that thread-local slots are reused.
    @Test func countsFromShortLivedThreadsAreExact() {
        let health = HealthMonitor()
        let group = DispatchGroup()
        for _ in 0..<50 {
            group.enter()
            Thread.detachNewThread {
                health.recordUpdate()
                group.leave()
            }
        }
        group.wait()
        #expect(health.report().totalUpdates == 50)
    }

    /// More than PTHREAD_KEYS_MAX (1024): monitors without their own key count too. In its own process, because it
    /// takes all keys.
    @Test func manyMonitorsDoNotShareCounts() async {
        await #expect(processExitsWith: .success) {
            let monitors = (0..<1100).map { _ in HealthMonitor() }
            for monitor in monitors { monitor.recordUpdate() }
            #expect(monitors.allSatisfy { $0.report().totalUpdates == 1 })
        }
    }

    @Test func heartbeatsAloneKeepABotHealthy() {
        let health = HealthMonitor(unhealthyAfter: .seconds(100))
        let now = MonotonicTime.now()
        health.heartbeat()
        #expect(health.report(at: now.advanced(by: .seconds(99)), responseTimes: nil).status == .healthy)
        let later = health.report(at: now.advanced(by: .seconds(1000)), responseTimes: nil)
        #expect(later.status == .unhealthy)
        #expect(later.totalUpdates == 0)
        #expect(later.reasons.first?.hasPrefix("No update and no heartbeat for ") == true)
    }

    @Test func updatesAloneKeepABotHealthy() {
        let health = HealthMonitor(unhealthyAfter: .seconds(100))
        let now = MonotonicTime.now()
        health.recordUpdate()
        #expect(health.report(at: now.advanced(by: .seconds(99)), responseTimes: nil).status == .healthy)
        #expect(health.report(at: now.advanced(by: .seconds(1000)), responseTimes: nil).status == .unhealthy)
    }

    @Test func anErrorIsNoSignOfLife() {
        let health = HealthMonitor(unhealthyAfter: .seconds(100))
        let later = MonotonicTime.now().advanced(by: .seconds(101))
        health.recordError()
        #expect(health.report(at: later, responseTimes: nil).status == .unhealthy)
    }

    /// As after a reload of the settings.
    @Test func theLimitOfSilenceMayChange() {
        let health = HealthMonitor(unhealthyAfter: .seconds(100))
        let now = MonotonicTime.now()
        #expect(health.report(at: now.advanced(by: .seconds(150)), responseTimes: nil).status == .unhealthy)
        health.expectUpdates(within: .seconds(200))
        #expect(health.report(at: now.advanced(by: .seconds(150)), responseTimes: nil).status == .healthy)
        #expect(health.report(at: now.advanced(by: .seconds(250)), responseTimes: nil).status == .unhealthy)
    }

    /// A thread that looks too late was stopped with the whole process, so silence counts from then.
    @Test func aProcessThatWasStoppedHasTimeToSpeak() {
        let health = HealthMonitor(unhealthyAfter: .seconds(100))
        let now = MonotonicTime.now()
        func at(_ seconds: Int) -> MonotonicTime { now.advanced(by: .seconds(seconds)) }
        for second in [0, 1000] { health.noteLook(at: at(second), next: .seconds(10)) }
        #expect(health.report(at: at(1005), responseTimes: nil).status == .healthy)
        for second in stride(from: 1010, through: 1110, by: 10) {
            health.noteLook(at: at(second), next: .seconds(10))
        }
        #expect(health.report(at: at(1111), responseTimes: nil).status == .unhealthy)
    }

    @Test func handlingCountsTimesAndPassesErrorsOn() async throws {
        let health = HealthMonitor()
        #expect(await health.handling { 42 } == 42)
        await #expect(throws: Failure.self) { try await health.handling { throw Failure() } }
        await #expect(throws: CancellationError.self) { try await health.handling { throw CancellationError() } }
        let report = health.report()
        #expect(report.totalUpdates == 3)
        #expect(report.totalErrors == 1, "being stopped is no error")
        #expect(report.responseTimes != nil)
    }

    @Test(arguments: [
        (Duration.seconds(-5), 0.0), (.zero, 0), (.milliseconds(7), 7), (.seconds(Int64.max), 9_223_372_036_854.775),
    ])
    func extremeResponseTimes(duration: Duration, milliseconds: Double) {
        let health = HealthMonitor()
        health.recordUpdate(took: duration)
        #expect(health.report().responseTimes?.max == milliseconds)
    }

    @Test func theBodyAndItsRestarts() {
        let health = HealthMonitor(body: .starting) { "\($0)" }
        #expect(health.report().status == .unhealthy)
        health.body = .running
        health.recordRestart()
        #expect(health.report().status == .healthy)
        #expect(health.report().restarts == 1)
    }

    @Test func troublesOfItsOwnAreReasonsUntilTheyAreOver() {
        let monitor = HealthMonitor()
        monitor.note(trouble: "disk", "The disk is full.")
        #expect(monitor.report().status == .degraded)
        monitor.note(trouble: "checks", "No check ends.", isCritical: true)
        #expect(monitor.report().status == .unhealthy)
        #expect(monitor.report().reasons == ["No check ends.", "The disk is full."])
        monitor.note(trouble: "checks", nil)
        monitor.note(trouble: "disk", nil)
        #expect(monitor.report().status == .healthy)
    }
}
