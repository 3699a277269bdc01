import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct SelfPingTests {
    private let lines = EventLog<String>()
    private let client = HTTPClient()

    private func start(_ url: String) -> Task<Void, Never> {
        let log = Log(level: .debug) { [lines] level, line in lines.append("\(level.rawValue) \(line)") }
        let ping = SelfPing(url: url, interval: .milliseconds(5), client: client, log: log)
        return Task { await ping.run() }
    }

    @Test func asksForPingAgainAndAgain() async throws {
        let server = try HTTPListener()
        let running = start("\(server.url)/base")
        #expect(try await server.waitForRequest(3).target == "/base/ping")
        #expect(server.requests.allSatisfy { $0.method == "GET" })
        #expect(try await lines.element(at: 0) == "debug self ping succeeded")
        running.cancel()
        await running.value
    }

    @Test func countsItsFailuresAndGoesOn() async throws {
        let server = try HTTPListener(status: 503)
        let running = start(server.url)
        #expect(try await lines.element(at: 1) == "warn self ping failed (2 so far): status 503")
        server.answer(with: 204)
        _ = try await lines.first { $0 == "debug self ping succeeded" }
        try server.stopListening()
        _ = try await lines.first { $0.contains("127.0.0.1") && $0.hasPrefix("warn self ping failed") }
        running.cancel()
        await running.value
    }

    @Test func endsWhenCancelled() async throws {
        let running = start("http://127.0.0.1:1")
        running.cancel()
        await running.value
        #expect(lines.elements.isEmpty)
    }
}
