import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A run with turns at times that the test chooses.
struct BotRunTests {
    private let folder: TemporaryDirectory
    private let socket: NotifySocket
    private let gateway = GatewayHeartbeat()
    private let start = MonotonicTime.now()

    init() throws {
        folder = try TemporaryDirectory()
        socket = try NotifySocket(folder.file("notify").path)
    }

    private func run(
        _ variables: [String: String], isReadyWithBody: Bool = true, health: HealthMonitor? = nil,
        _ change: (inout Lifecycle.Rules) -> Void = { _ in }
    ) throws -> BotRun {
        var rules = Lifecycle.Rules(timeout: .seconds(10), isReadyWithBody: isReadyWithBody)
        change(&rules)
        let address = ["NOTIFY_SOCKET": folder.file("notify").path]
        let thresholds = WatchdogThresholds(
            interval: .seconds(3600), stall: .seconds(86_400), disconnectGrace: .seconds(60))
        let run = BotRun(
            rules,
            BotRun.Parts(
                events: EventQueue { _ in }, health: health, gateways: GatewayRegistry(main: gateway),
                notifier: try ServiceNotifier(environment: address.merging(variables) { $1 }),
                watchdog: WatchdogLook(
                    gateways: GatewayRegistry(main: gateway), thresholds: thresholds, canary: ExecutorCanary(),
                    at: start)))
        run.takeGateways()
        return run
    }

    private func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    @Test func theManagersWatchdogIsFedOnceReadyAndOnlyWhileWell() throws {
        let run = try run(["WATCHDOG_USEC": "3000000"])
        gateway.noteDisconnected(at: start)
        #expect(run.turn(at: start, signals: []) == at(1), "three times in the time that the manager allows")
        #expect(socket.receive() == nil)
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: at(0.5), signals: [])
        #expect(socket.receive() == "READY=1\nSTATUS=running\nWATCHDOG=1")
        for second in 1...60 {
            _ = run.turn(at: at(Double(second)), signals: [])
            #expect(socket.receive() == "WATCHDOG=1")
        }
        // The watchdog would end it: the manager gets nothing until there is a connection again.
        _ = run.turn(at: at(62), signals: [])
        #expect(socket.receive() == nil)
        gateway.noteConnected(at: at(63))
        _ = run.turn(at: at(64), signals: [])
        #expect(socket.receive() == "WATCHDOG=1")
        // Its silence is requested.
        _ = run.turn(at: at(66), signals: [15])
        #expect(socket.receive()?.hasPrefix("STOPPING=1\n") == true)
        #expect(socket.receive() == "WATCHDOG=1")
    }

    /// A program under the kit's `main` may pause then, and run its bot again.
    @Test(arguments: [false, true]) func theManagersWatchdogIsFedAfterARunThatFailed(isMain: Bool) throws {
        let run = try run(["WATCHDOG_USEC": "3000000"]) { ($0.endsProcess, $0.ownsProcess) = (isMain, false) }
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: start, signals: [])
        run.post(.bodyEnded(.threw(.critical), reason: "", ran: .zero, isHealthy: true))
        _ = run.turn(at: at(0.5), signals: [])
        while socket.receive() != nil {}
        #expect(run.turn(at: at(1), signals: []) == (isMain ? at(2) : nil))
        #expect(socket.receive() == (isMain ? "WATCHDOG=1" : nil))
    }

    @Test(arguments: [["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"], [:]])
    func nobodyIsFedWhoDoesNotWait(variables: [String: String]) throws {
        let run = try run(variables)
        gateway.noteConnected(at: start)
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: start, signals: [])
        #expect(socket.receive() == "READY=1\nSTATUS=running")
        _ = run.turn(at: at(10), signals: [])
        #expect(socket.receive() == nil)
    }

    /// Nobody asks meanwhile, and the watchdog looks seldom.
    @Test func theMomentOfAStatusIsNotedWithinASecond() throws {
        let health = HealthMonitor(HealthPolicy(unhealthyAfter: .seconds(5)), body: .running) { "\($0)" }
        let run = try run([:], health: health)
        run.post(.began(left: .zero, failures: nil))
        let begun = MonotonicTime.now()
        var now = begun
        while now < begun.advanced(by: .seconds(30)) {
            let next = try #require(run.turn(at: now, signals: []))
            #expect(next <= now.advanced(by: .seconds(1)))
            now = max(next, now.advanced(by: .milliseconds(1)))
        }
        let report = health.report(at: begun.advanced(by: .seconds(30)), responseTimes: nil)
        #expect(report.status == .unhealthy)
        #expect(report.statusAge >= .seconds(24))
    }

    /// A run that stops is not watched, so no check follows.
    @Test func aStopIsNoPause() throws {
        let run = try run([:])
        let pauses = try #require(run.parts.watchdog).pauses
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: start, signals: [])
        #expect(run.parts.watchdog?.pauses.lastResumed(at: at(10)) == nil)
        _ = run.turn(at: at(1), signals: [15])
        #expect(pauses.lastResumed(at: at(1000)) == nil)
    }

    @Test func aRunIsWatchedForPauses() throws {
        let run = try run([:])
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: start, signals: [])
        #expect(run.parts.watchdog?.pauses.lastResumed(at: at(1000)) == at(1000))
    }

    /// A person has ended the wait, so a connection that never opens is lost again.
    @Test func aWaitThatIsCutBlindsNeitherWatchdogNorHealth() throws {
        let health = HealthMonitor(HealthPolicy(unhealthyAfter: .seconds(90)), gateway: gateway, body: .running) {
            "\($0)"
        }
        let run = try run(["WATCHDOG_USEC": "3000000"], health: health)
        gateway.noteDisconnected(at: start)
        run.post(.began(left: .seconds(600), failures: .init(consecutive: 1, failures: 1)))
        _ = run.turn(at: at(1), signals: [])
        run.post(.restart)
        run.post(.waited)
        _ = run.turn(at: at(2), signals: [])
        while socket.receive() != nil {}
        for second in 3...62 {
            _ = run.turn(at: at(Double(second)), signals: [])
            #expect(socket.receive() == "WATCHDOG=1")
        }
        // The watchdog would end it.
        _ = run.turn(at: at(64), signals: [])
        #expect(socket.receive() == nil)
        #expect(health.report(at: at(100), responseTimes: nil).status == .unhealthy)
    }

    /// A heartbeat may be older than its run.
    @Test func agesFromBeforeTheRunDoNotCount() throws {
        gateway.noteDisconnected(at: at(-1000))
        _ = try run([:])
        #expect(gateway.snapshot(at: start).disconnectAge == .zero)
    }

    /// Its connection begins anew, and so does the judgement on it.
    @Test func aBodyThatWasRestartedMayBeGivenUpAgain() {
        let gateways = GatewayRegistry(main: gateway)
        let thresholds = WatchdogThresholds(
            interval: .seconds(1), stall: .seconds(86_400), disconnectGrace: .seconds(60))
        let run = BotRun(
            Lifecycle.Rules(timeout: .seconds(10), restartsCondemned: true),
            BotRun.Parts(
                events: EventQueue { _ in }, gateways: gateways,
                watchdog: WatchdogLook(
                    gateways: gateways, thresholds: thresholds, canary: ExecutorCanary(), at: at(100))))
        // Long after the run was made, before which no age counts.
        gateway.noteDisconnected(at: at(100))
        run.post(.began(left: .zero, failures: nil))
        var givenUp: [Int] = []
        for second in 100...230 {
            _ = run.turn(at: at(Double(second)), signals: [])
            guard run.isCondemned else { continue }
            givenUp.append(second)
            run.post(.bodyEnded(.returned, reason: "", ran: .zero, isHealthy: true))
        }
        #expect(givenUp == [161, 223])
    }

    @Test func theGatewaySaysWhenItIsReady() throws {
        let run = try run([:], isReadyWithBody: false)
        run.post(.began(left: .zero, failures: nil))
        _ = run.turn(at: start, signals: [])
        #expect(socket.receive() == "STATUS=running")
        gateway.noteReady()
        _ = run.turn(at: at(1), signals: [])
        #expect(socket.receive() == "READY=1\nSTATUS=connected")
    }

    /// The next run's body has to connect by itself.
    @Test func theEndOfARunForgetsItsConnections() async throws {
        let run = try run([:])
        gateway.noteReady(at: start)
        await run.end()
        let snapshot = gateway.snapshot(at: .now())
        #expect(!snapshot.connected)
        #expect(snapshot.lastReadyAge == nil)
    }
}
