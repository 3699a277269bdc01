import Foundation
import TestSupport
import Testing

@testable import KeepAliveKit

/// Each runs in a process of its own, which the watchdog ends.
struct WatchdogTests {
    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.port = 0
        configuration.host = "127.0.0.1"
        configuration.watchdogInterval = .seconds(1)
        // Long enough for a busy machine to run a task: the same limit condemns the executor.
        configuration.watchdogStall = .seconds(3)
        configuration.watchdogDisconnectGrace = .seconds(1)
        configuration.executorStall = .milliseconds(500)
        return configuration
    }

    @Test func aZombieConnectionEndsWith75() async {
        await #expect(processExitsWith: .exitCode(75)) {
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Zombie", version: "1", configuration: Self.configuration(), log: Log.none, gateway: gateway)
            try await keepAlive.run { _ in
                gateway.noteReady()
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func aLostConnectionEndsWith75() async {
        await #expect(processExitsWith: .exitCode(75)) {
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Lost", version: "1", configuration: Self.configuration(), log: Log.none, gateway: gateway)
            try await keepAlive.run { _ in
                gateway.noteReady()
                gateway.noteDisconnected()
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func aBlockedPoolEndsByAbort() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            // The report of the crash would take longer than the rest, and nobody reads it.
            signal(SIGABRT, SIG_DFL)
            let keepAlive = try KeepAlive(
                name: "Blocked", version: "1", configuration: Self.configuration(), log: Log.none)
            try await keepAlive.run { _ in
                for _ in 0..<64 { Task.detached { while true { sleep(600) } } }
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test func aCondemnedBodyIsRestartedInTheProcess() async {
        await #expect(processExitsWith: .exitCode(0)) {
            var configuration = Self.configuration()
            configuration.condemnation = .restartBody
            // The executor is not what this is about, and a busy machine is slow.
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
            _ = try await events.first { if case .condemned = $0 { true } else { false } }
            _ = try await events.first { $0 == .bodyStarted(attempt: 2) }
            keepAlive.shutDown()
            try await run.value
        }
    }
}
