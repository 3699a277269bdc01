import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct PortTests {
    private let telegram: FakeTelegram

    init() throws { telegram = try FakeTelegram() }

    @Test func aSecondBotTakesTheNextPort() async throws {
        let first = try CasinoProcess(nil, arguments: ["--demo"])
        let port = try await first.port()
        let second = try CasinoProcess(nil, ["PORT_FALLBACKS": "50"], arguments: ["--demo", "--port", "\(port)"])
        let next = try await second.port()
        #expect(next > port)
        #expect(second.output.contains("port \(port) is taken by another program; trying the next one"))
        #expect(try await second.get("/").json()["port"] == .integer(Int64(next)))
        #expect(try await first.get("/").json()["port"] == .integer(Int64(port)))
        #expect(await second.stop() == .exited(0))
        #expect(await first.stop() == .exited(0))
    }

    @Test func whenAllAreTakenEachIsNamed() async throws {
        let ports = try PortRow.take(3)
        let taken = try ports.map { try ScriptedServer(port: $0) { _ in } }
        let bot = try CasinoProcess(telegram, ["PORT": "\(ports[0])"])
        #expect(await bot.child.wait() == .exited(78))
        let lines = bot.output.split(separator: "\n").filter { $0.contains(" ERROR ") }
        #expect(lines.count == 1)
        for port in taken.map(\.port) { #expect(lines.first?.contains("\(port) (") == true) }
        #expect(telegram.calls.isEmpty)
    }

    @Test func aHostThatIsNotOursIsNoTakenPort() async throws {
        let bot = try CasinoProcess(telegram, ["HOST": "192.0.2.1"])
        #expect(await bot.child.wait() == .exited(78))
        #expect(bot.output.contains("cannot listen on 192.0.2.1"))
    }
}
