import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A run that is asked for while another one is under way; each in a process of its own.
@Suite(.timeLimit(.minutes(2)))
struct SecondRunTests {
    /// The body is still waiting for its connection: what the gateway reports next is for its own run.
    @Test func aRefusedRunLeavesTheGatewayToTheRunUnderWay() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            let folder = try TemporaryDirectory()
            let socket = try NotifySocket(folder.file("notify").path)
            unsafe setenv("NOTIFY_SOCKET", folder.file("notify").path, 1)
            let gateway = GatewayHeartbeat()
            let keepAlive = try KeepAlive(
                name: "Bot", version: "1", configuration: ServedBot.configuration, log: Log.none, gateway: gateway)
            let begun = EventLog<Void>()
            let run = Task {
                try await keepAlive.run { _ in
                    begun.append(())
                    try await Task.sleep(for: .seconds(600))
                }
            }
            _ = try await begun.element(at: 0)
            let later = MonotonicTime.now().advanced(by: .seconds(1000))
            let age = gateway.snapshot(at: later).disconnectAge
            do throws(KeepAliveError) {
                try await keepAlive.run { _ in _exit(98) }
                _exit(97)
            } catch {
                if error.kind != .critical { _exit(96) }
            }
            if gateway.snapshot(at: later).disconnectAge != age { _exit(95) }
            gateway.noteReady()
            while socket.receive()?.hasPrefix("READY=1\n") != true { OSThread.rest(milliseconds: 1) }
            keepAlive.shutDown()
            try await run.value
        }
    }

    @Test func botsThatLeaveTheSignalsToTheProgramRunSideBySide() async {
        await #expect(processExitsWith: .exitCode(0)) {
            RunLifeTests.endByItselfOrFail()
            var configuration = ServedBot.configuration
            let owner = try KeepAlive(name: "Owner", version: "1", configuration: configuration, log: Log.none)
            configuration.signals = .leftToTheProgram
            let part = try KeepAlive(name: "Part", version: "1", configuration: configuration, log: Log.none)
            try await owner.run { _ in
                try await part.run { _ in part.shutDown() }
                owner.shutDown()
            }
        }
    }
}
