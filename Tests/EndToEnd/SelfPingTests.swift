import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SelfPingTests {
    @Test func keepsAFreeHostAwake() async throws {
        let telegram = try FakeTelegram()
        let host = try HTTPListener()
        let bot = try CasinoProcess(
            telegram, ["RENDER_EXTERNAL_URL": "\(host.url)/app/", "HEARTBEAT_INTERVAL": "1", "LOG_LEVEL": "debug"])
        #expect(try await host.waitForRequest(2).target == "/app/ping")
        try await bot.child.waitForLine(containing: "self ping succeeded")
        host.answer(with: 502)
        let line = try await bot.child.waitForLine(containing: "self ping failed (2 so far)")
        #expect(line.contains("status 502"))
        try host.stopListening()
        try await bot.child.waitForLine(containing: "self ping failed (3 so far)")
        let health = try await bot.health("healthy")
        #expect(health["total_errors"] == 0)
        #expect(health["restarts"] == 0)
        #expect(await bot.stop() == .exited(0))
    }
}
