import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Each runs in a separate process, which the watchdog ends.
struct WatchdogTests {
    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.port = 0
        configuration.host = "127.0.0.1"
        configuration.watchdogInterval = .seconds(1)
        // Long enough for a busy machine to run a task, because this limit also applies to the executor.
        configuration.watchdogStall = .seconds(8)
        configuration.watchdogDisconnectGrace = .seconds(1)
        configuration.executorStall = .milliseconds(500)
        return configuration
    }

    @Test(arguments: [false, true])
    func aConnectionThatIsAZombieOrLostEndsWith75(isLost: Bool) async {
        await #expect(processExitsWith: .exitCode(75)) { [isLost] in
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Deaf", version: "1", configuration: Self.configuration(), log: Log.none, gateway: gateway)
            try await keepAlive.run { _ in
                gateway.noteReady()
                if isLost { gateway.noteDisconnected() }
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func aBlockedPoolEndsByAbort() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            // The report of the crash would take longer than everything else, and is not needed.
            signal(SIGABRT, SIG_DFL)
            let keepAlive = try KeepAlive(
                name: "Blocked", version: "1", configuration: Self.configuration(), log: Log.none)
            try await keepAlive.run { _ in
                for _ in 0..<64 { Task.detached { while true { sleep(600) } } }
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    /// In a program without `KeepAlive`, which decides itself what follows.
    @Test func aWatchdogAloneNoticesABlockedPool() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            let watchdog = Watchdog(
                gateway: nil, thresholds: WatchdogThresholds(interval: .seconds(1), stall: .seconds(2)),
                onCondemned: { _exit($0.kind == .executor ? 0 : 98) })
            try watchdog.start()
            for _ in 0..<64 { Task.detached { while true { sleep(600) } } }
            try await Task.sleep(for: .seconds(600))
        }
    }

    /// The line goes through the bot's own log, whose lock may be what the bot hangs on.
    @Test func aLogThatHangsDelaysTheEndOnly() async {
        await #expect(processExitsWith: .exitCode(75)) {
            let log = Log(level: .info) { _, line in
                while line.hasPrefix("watchdog: ") { sleep(600) }
            }
            RunLifeTests.endByItselfOrFail()
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Mute", version: "1", configuration: Self.configuration(), log: log, gateway: gateway)
            try await keepAlive.run { _ in
                gateway.noteReady()
                gateway.noteDisconnected()
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    /// It was asked to stop, so its silence is requested; the exit code is the stop's.
    @Test func aBotThatStopsIsNotCondemned() async {
        await #expect(processExitsWith: .exitCode(0)) {
            var configuration = Self.configuration()
            configuration.shutdownTimeout = .seconds(4)
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Stopping", version: "1", configuration: configuration, log: Log.none, gateway: gateway)
            try await keepAlive.run { _ in
                gateway.noteReady()
                gateway.noteDisconnected()
                keepAlive.shutDown()
                await KeepAliveTests.ignoreCancellation()
            }
        }
    }

    /// Without `WATCHDOG=1` the manager would end a hung bot before the log has the reason.
    @Test func itLooksInTimeForTheServiceManager() async {
        await #expect(processExitsWith: .exitCode(75)) {
            let folder = try TemporaryDirectory()
            let socket = try NotifySocket(folder.file("notify").path)
            defer { withExtendedLifetime(socket) {} }
            unsafe setenv("NOTIFY_SOCKET", folder.file("notify").path, 1)
            unsafe setenv("WATCHDOG_USEC", "3000000", 1)
            var configuration = Self.configuration()
            configuration.watchdogInterval = .seconds(360)
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Watched", version: "1", configuration: configuration, log: Log.none, gateway: gateway)
            RunLifeTests.endByItselfOrFail()
            try await keepAlive.run { _ in
                gateway.noteReady()
                gateway.noteDisconnected()
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    /// A delay that the service requested, or that an earlier process left, does not count as a loss.
    @Test func anOrderedWaitIsNoLoss() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let folder = try TemporaryDirectory()
            var configuration = Self.configuration()
            configuration.stateFile = folder.file("ledger.json").path
            configuration.watchdogDisconnectGrace = .seconds(86_400)
            let gateway = GatewayHeartbeat()
            let begun = MonotonicTime.now().advanced(by: .seconds(-1000))
            let ages = EventLog<Duration?>()
            func run() async throws {
                let events = EventLog<KeepAliveEvent>()
                let keepAlive = try KeepAlive(
                    name: "Asked", version: "1", configuration: configuration, log: Log.none, gateway: gateway,
                    onEvent: { events.append($0) })
                let run = Task {
                    try await keepAlive.run { _ in throw AskedToWait(seconds: 3600) }
                }
                _ = try await events.first {
                    [.restartScheduled, .ledgerResumed].contains($0.kind)
                }
                ages.append(gateway.snapshot(at: begun.advanced(by: .seconds(4000))).disconnectAge)
                keepAlive.shutDown()
                try await run.value
            }
            gateway.noteDisconnected(at: begun)
            try await run()
            try await run()
            if ages.elements != [.zero, .zero] { _exit(99) }
        }
    }

    private struct AskedToWait: ClassifiedError {
        let seconds: Int
        var errorClass: ErrorClass { .network(retryAfter: .seconds(seconds)) }
    }

    @Test func aCondemnedBodyIsRestartedInTheProcess() async {
        await #expect(processExitsWith: .exitCode(0)) {
            var configuration = Self.configuration()
            configuration.condemnation = .restartBody
            // This test is not about the executor, and a busy machine is slow.
            configuration.executorStall = .seconds(600)
            let gateway = GatewayHeartbeat()
            let events = EventLog<KeepAliveEvent>()
            let keepAlive = try KeepAlive(
                name: "Restarted", version: "1", configuration: configuration, log: Log.none, gateway: gateway,
                onEvent: { events.append($0) })
            let run = Task {
                try await keepAlive.run { _ in
                    gateway.noteReady()
                    try await Task.sleep(for: .seconds(600))
                }
            }
            _ = try await events.first { $0.kind == .condemned }
            _ = try await events.first { $0 == .bodyStarted(attempt: 2) }
            keepAlive.shutDown()
            try await run.value
        }
    }
}
