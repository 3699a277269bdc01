import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct BotProbeTests {
    private static func report(_ status: String, _ more: String = "") -> String {
        #"{"status":"\#(status)","uptime_seconds":3600.5,"last_update_ago":1.2,"total_updates":1500,"total_errors":3,"#
            + #""error_rate":0.002,"timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"2.0.1"\#(more)}"#
    }

    private func bot(_ status: String, code: String = "200 OK", more: String = "") throws -> ScriptedServer {
        try ScriptedServer { path in
            switch path {
            case "/health": ScriptedServer.answer(Self.report(status, more), status: code)
            case "/": ScriptedServer.answer(#"{"status":"online","bot":"Casino Bot","version":"1"}"#)
            default: ScriptedServer.answer("{}", status: "404 Not Found")
            }
        }
    }

    private func result(_ keys: [String: JSONValue], timeout: Duration = .seconds(30)) async throws -> ProbeResult {
        await look(try makeProbe(BotProbe.self, keys), timeout: timeout)
    }

    private func place(_ server: ScriptedServer) -> [String: JSONValue] {
        ["host": .string("127.0.0.1"), "port": .integer(Int64(server.port)), "fallbacks": .integer(0)]
    }

    @Test func whatTheBotSays() async throws {
        let well = try bot("healthy")
        #expect(try await result(place(well)).status == .healthy)
        #expect(try await result(["url": .string("http://127.0.0.1:\(well.port)")]).status == .healthy)
        #expect(try await result(place(well).merging(["bot": .string("Casino Bot")]) { $1 }).status == .healthy)
        let other = try await result(place(well).merging(["bot": .string("Other")]) { $1 })
        #expect(other.status == .unhealthy)
        #expect(other.message == "it is the bot \"Casino Bot\", not \"Other\"")
        let ill = try bot("unhealthy", code: "503 Service Unavailable", more: #","reasons":["No update for 400 s."]"#)
        let said = try await result(place(ill))
        #expect(said.status == .unhealthy)
        #expect(said.message == "No update for 400 s.")
        // Of the code and the report the worse one counts.
        let torn = try bot("healthy", code: "503 Service Unavailable")
        #expect(try await result(place(torn)).status == .unhealthy)
    }

    @Test func strangersAndFallbacks() async throws {
        let stranger = try HTTPListener()
        let keys: [String: JSONValue] = ["host": .string("127.0.0.1"), "port": .integer(Int64(stranger.port))]
        let alone = try await result(keys.merging(["fallbacks": .integer(0)]) { $1 })
        #expect(alone.status == .unhealthy)
        #expect(alone.message.contains("another program"))
        // The bot took a later port, and the program on the first is silent.
        for _ in 0..<20 {
            let silent = try ScriptedServer { $0.waitForEnd() }
            guard
                let next = try? ScriptedServer(
                    port: silent.port &+ 1,
                    {
                        guard $0.readHead() != nil else { return }
                        $0.send(ScriptedServer.answer(Self.report("degraded")))
                    })
            else { continue }
            var keys = place(silent)
            keys["fallbacks"] = .integer(1)
            let found = try await result(keys, timeout: .seconds(10))
            #expect(found.status == .degraded, "\(found.message) \(next.port)")
            return
        }
        Issue.record("no two ports in a row were free")
    }

    @Test func configuration() {
        #expect(findings(BotProbe.self, ["url": .string("x y")]).count == 1)
        #expect(findings(BotProbe.self, ["url": .string("http://x"), "port": .integer(1)]).count == 1)
        #expect(findings(BotProbe.self, ["host": .string("a/b c")]).count == 1)
        #expect(findings(BotProbe.self, ["port": .integer(65_535)]).isEmpty)
    }

    @Test(
        arguments: [
            (65_533, ":65533/health (or up to port 65535)"), (65_534, ":65534/health (or up to port 65535)"),
            (65_535, ":65535/health"),
        ] as [(Int64, String)])
    func theNextPortsEndAtTheLastOne(port: Int64, rest: String) throws {
        #expect(try makeProbe(BotProbe.self, ["port": .integer(port)]).address == "http://localhost\(rest)")
    }
}
