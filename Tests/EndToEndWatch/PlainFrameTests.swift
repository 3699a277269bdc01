import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct PlainFrameTests {
    private func watch(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) async throws -> (ChildProcess.ExitStatus, String) {
        let folder = try TemporaryDirectory(prefix: "ka")
        return try await ChildProcess.run(
            ChildProcess.product("health-check"), ["watch"] + arguments,
            environment: ["LC_ALL": "C.UTF-8", "TERM": "xterm"].merging(variables) { $1 }, in: folder.path)
    }

    @Test func aPipeGetsOneFrame() async throws {
        let bot = try await DemoBot()
        let (status, output) = try await watch(["--url", bot.url], ["COLUMNS": "100"])
        #expect(status == .exited(0))
        #expect(output.contains("HEALTHY"))
        #expect(output.contains("Casino Bot"))
        #expect(output.contains(" \(bot.process.processID)  casino-bot"))
        #expect(output.contains("Memory"))
        #expect(!output.contains("\u{1B}"))
        #expect(output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func withoutAddressItIsThatOfTheSettings() async throws {
        let bot = try await DemoBot()
        let (status, output) = try await watch([], ["PORT": "\(bot.port)", "PORT_FALLBACKS": "0"])
        #expect(status == .exited(0))
        #expect(output.contains("localhost:\(bot.port)"))
        #expect(try await watch([], ["PORT": "http"]).0 == .exited(64))
    }

    @Test func oneThatIsNotWellIsTheExitCode() async throws {
        let bot = try await DemoBot()
        let server = try ScriptedServer { $0.reset() }
        let (status, output) = try await watch(["--url", bot.url, "--url", "http://127.0.0.1:\(server.port)"])
        #expect(status == .exited(1))
        #expect(output.contains("2 bots: 1 unreachable, 1 healthy"))
    }

    /// As without `watch`: the machine does what it should.
    @Test func aStandbyIsWell() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        try folder.write(
            "launcher=5\nstate=standby\nreason=beta leads since 2026-01-19T16:07:27Z\n", to: "launcher.status")
        let lock = try LockFile(path: folder.file("launcher.lock").path)
        let port = try PortRow.one()
        let (status, output) = try await watch(
            [], ["PORT": "\(port)", "PORT_FALLBACKS": "0", "STATE_DIRECTORY": folder.path])
        #expect(status == .exited(0))
        #expect(output.contains(" STANDBY ") && output.contains(" beta leads since 2026-01-19T16:07:27Z."))
        _ = consume lock
    }

    @Test(arguments: [["--interval", "0"], ["--interval", "x"], ["--url", "h"], ["--what"]])
    func wrongUsage(arguments: [String]) async throws {
        let (status, output) = try await watch(arguments)
        #expect(status == .exited(64))
        #expect(output.hasPrefix("health-check watch: \(arguments[0])") || output.contains("unknown argument"))
    }

    @Test func help() async throws {
        let (status, output) = try await watch(["--help"])
        #expect(status == .exited(0))
        #expect(output.hasPrefix("health-check watch: "))
    }
}
