import Foundation
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HealthCheckProgramTests {
    private func check(
        _ arguments: [String], _ variables: [String: String] = [:], in folder: TemporaryDirectory? = nil
    ) async throws -> (ChildProcess.ExitStatus, String) {
        let folder = try folder ?? TemporaryDirectory(prefix: "ka")
        return try await ChildProcess.run(
            ChildProcess.product("health-check"), arguments, environment: variables, in: folder.path)
    }

    static func report(_ status: String) -> String {
        """
        {"status":"\(status)","uptime_seconds":3600.5,"last_update_ago":1.2,"total_updates":1500,"total_errors":3,\
        "error_rate":0.002,"timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"2.0.1","reasons":["why."]}
        """
    }

    static let answers: [(String, Int32, String)] = [
        (ScriptedServer.answer(report("healthy")), 0, "OK"),
        (ScriptedServer.answer(report("degraded")), 0, "WARNING"),
        (ScriptedServer.answer(report("unhealthy"), status: "503 Service Unavailable"), 1, "CRITICAL"),
        (ScriptedServer.answer("<html>"), 1, "UNKNOWN"),
        (ScriptedServer.answer("{}"), 1, "UNKNOWN"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"status\":\"healthy\"", 1, "CRITICAL"),
        ("", 1, "CRITICAL"),
    ]

    @Test(arguments: answers)
    func exitCodes(answer: String, code: Int32, word: String) async throws {
        let server = try ScriptedServer { peer in
            _ = peer.readHead()
            peer.send(answer)
        }
        let variables = ["PORT": "\(server.port)", "PORT_FALLBACKS": "0"]
        let (text, shown) = try await check([], variables)
        #expect(text == .exited(code))
        #expect(shown.hasSuffix("\n"))
        let (quiet, nothing) = try await check(["--quiet"], variables)
        #expect(quiet == .exited(code))
        #expect(nothing.isEmpty)
        let (json, object) = try await check(["--json"], variables)
        #expect(json == .exited(code))
        #expect(try JSON(parsing: object)["status"] != nil)
        let (nagios, line) = try await check(["--nagios"], variables)
        let codes: [String: Int32] = ["OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3]
        #expect(nagios == .exited(try #require(codes[word])))
        #expect(line.hasPrefix("KEEPALIVE \(word) - "))
        #expect(line.filter { $0 == "\n" }.count == 1)
    }

    @Test func silenceEndsWithTheTimeout() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        let arguments = ["--port", "\(server.port)", "--timeout", "0.2"]
        let (status, output) = try await check(arguments)
        #expect(status == .exited(1))
        // The time left for this port may be slightly less.
        #expect(output.contains("unreachable: localhost:\(server.port) did not answer within 0."))
        #expect(try await check(arguments + ["--nagios"]).0 == .exited(2))
    }

    @Test(arguments: [["--what"], ["--port", "0"], ["--timeout", "x"], ["--url", "https://h"]])
    func wrongUsage(arguments: [String]) async throws {
        let (status, output) = try await check(arguments)
        #expect(status == .exited(64))
        #expect(output.contains("Try health-check --help."))
        let (nagios, line) = try await check(["--nagios"] + arguments)
        #expect(nagios == .exited(3))
        #expect(line.hasPrefix("KEEPALIVE UNKNOWN - "))
    }

    @Test func aPortThatIsNone() async throws {
        #expect(try await check([], ["PORT": "http"]).0 == .exited(64))
        #expect(try await check(["--nagios"], ["PORT": "http"]).0 == .exited(3))
    }

    @Test func thePortOfTheEnvironmentFile() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer(Self.report("healthy")) })
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write("PORT=\(server.port)\n", to: ".env")
        try folder.write("PORT=\(server.port)\n", to: "other")
        #expect(try await check([], in: folder).0 == .exited(0))
        let arguments = ["--env-file", folder.file("other").path]
        #expect(try await check(arguments).0 == .exited(0))
        #expect(try await check(["--env-file", "missing"]).0 == .exited(64))
    }

    @Test func aRealBotByName() async throws {
        let run = try LauncherRun(demoIn: nil)
        let port = try await run.process.healthPort()
        try await run.process.waitForLine(containing: "the bot is ready")
        let (status, output) = try await check(["--port", "\(port)", "--bot", "Casino Bot"])
        #expect(status == .exited(0))
        #expect(output.hasPrefix("healthy: localhost:\(port), up "))
        #expect(try await check(["--port", "\(port)", "--bot", "Other"]).0 == .exited(1))
        #expect(try await check(["--port", "\(port)", "--bot", "Other", "--nagios"]).0 == .exited(3))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ldd"), "ldd is missing"))
    func linksLittle() async throws {
        let ldd = try await ChildProcess.run("/usr/bin/ldd", [try ChildProcess.product("health-check")])
        #expect(ldd.status == .exited(0))
        #expect(ldd.output.contains("libc.so"))
        for library in ["libFoundation", "lib_Foundation", "libcurl"] {
            #expect(!ldd.output.contains(library), "\(library) is linked")
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "python3 is missing"))
    func aWebServerIsNotTheBot() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let server = try ChildProcess(
            executable: "/usr/bin/python3", arguments: ["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
            workingDirectory: folder.path)
        let line = try await server.waitForLine(containing: "Serving HTTP on")
        let port = try #require(line.firstMatch(of: /port ([0-9]+)/)?.1)
        let (status, output) = try await check(["--port", "\(port)"])
        #expect(status == .exited(1))
        #expect(output.contains("answered 404 with text that is not JSON: another program uses this port"))
    }
}
