import Foundation
import KeepAliveTestSupport
import Testing

/// `health-monitor init`, run like by a person.
@Suite(.timeLimit(.minutes(3)))
struct InitTests {
    private let folder: TemporaryDirectory
    private let docker: FakeDocker

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        docker = try FakeDocker(at: folder.file("docker.sock").path) { path in
            path == "/containers/json" ? (200, #"[{"Names":["/shop-db"]},{"Names":["/shop"]}]"#) : (404, "{}")
        }
    }

    private var variables: [String: String] {
        ["PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix://\(docker.path)", "PORT_FALLBACKS": "0", "PORT": "1"]
    }

    private func run(
        _ arguments: [String], _ more: [String: String] = [:]
    ) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        try await ChildProcess.run(
            ChildProcess.product("health-monitor"), arguments, environment: variables.merging(more) { $1 },
            in: folder.path)
    }

    private func text(_ name: String = "health-monitor.json5") throws -> String {
        try String(contentsOf: folder.file(name), encoding: .utf8)
    }

    @Test func withoutATerminalItAsksNothing() async throws {
        let bot = try ChildProcess(
            executable: ChildProcess.product("casino-bot"), arguments: ["--demo"],
            environment: ["PATH": "/usr/bin:/bin", "PORT": "0"], workingDirectory: folder.path)
        let port = try await bot.healthPort()
        let (status, output) = try await run(["init"], ["PORT": "\(port)", "MONITOR_PORT": "18091"])
        #expect(status == .exited(0), "\(output)")
        #expect(!output.contains("["))
        for words in [
            "found the bot Casino Bot on port \(port)", "found the container shop\n", "found the container shop-db\n",
            "wrote health-monitor.json5", "--once",
        ] {
            #expect(output.contains(words), "\(output)")
        }
        let file = try text()
        #expect(file.contains("port: 18091,"))
        #expect(file.contains(#"url: "http://127.0.0.1:\#(port)", bot: "Casino Bot""#))
        #expect(
            file.contains(#"{ name: "shop-db", type: "docker", container: "shop-db", socket: "\#(docker.path)" },"#))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("health-monitor.json5").path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let check = try await run(["--check-config", "--config", "health-monitor.json5"])
        #expect(check.status == .exited(0))
        #expect(check.output.contains("5 targets"))
    }

    @Test func aFileThatIsThereIsKept() async throws {
        try folder.write("mine", to: "health-monitor.json5")
        let (status, output) = try await run(["init"])
        #expect(status == .exited(1))
        #expect(output.contains("health-monitor.json5 exists already and was kept"))
        #expect(try text() == "mine")
        #expect(try await run(["init", "--config", "other.json5"]).status == .exited(0))
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "no script(1)"))
    func atATerminalItAsks() async throws {
        let answers = ["0", "1", "webhook", "nonsense", "$HOOK", "18090"]
        try folder.write(answers.map { $0 + "\n" }.joined(), to: "answers")
        let monitor = try ChildProcess.product("health-monitor")
        let (status, output) = try await ChildProcess.run(
            "/bin/sh", ["-c", "exec script -qec 'exec \"$MONITOR\" init' /dev/null < answers"],
            environment: variables.merging(["MONITOR": monitor, "HOOK": "http://127.0.0.1:1/x", "TERM": "dumb"]) { $1 },
            in: folder.path)
        #expect(status == .exited(0), "\(output)")
        for words in [
            "Ports to look for bots on [1]: ", "\"0\" is not allowed", "Send alerts to telegram", "URL: ",
            "it is not a web address", "Port of the API and the status page [8090]: ", "wrote health-monitor.json5",
        ] {
            #expect(output.contains(words), "\(output)")
        }
        let file = try text()
        #expect(file.contains(#"{ type: "webhook", url: "$HOOK" },"#))
        #expect(file.contains("port: 18090,"))
        let check = try await run(
            ["--check-config", "--config", "health-monitor.json5"], ["HOOK": "http://127.0.0.1:1/"])
        #expect(check.status == .exited(0))
        #expect(check.output.contains("1 channel"))
    }

    @Test func helpAndWrongUsage() async throws {
        #expect(try await run(["init", "--help"]).output.hasPrefix("health-monitor init: "))
        let wrong = try await run(["init", "--cofnig", "x"])
        #expect(wrong.status == .exited(64))
        #expect(wrong.output.contains("unknown argument --cofnig; did you mean --config?"))
        let variable = try await run(["init"], ["PORT": "http"])
        #expect(variable.status == .exited(78))
        #expect(variable.output.contains("PORT=\"http\" is not allowed"))
    }

    // MARK: State by convention

    @Test func stateGoesToXDGStateHome() async throws {
        let home = folder.file("home").path
        let port = ["MONITOR_PORT": "0", "XDG_STATE_HOME": home]
        try folder.write("{ targets: [{ name: 'memory', type: 'memory' }] }", to: "m.json5")
        let first = try await run(["--once", "--config", "m.json5"], port)
        #expect(first.output.contains("memory"))
        // A check keeps nothing.
        #expect(!FileManager.default.fileExists(atPath: home))
        _ = try await run(["--once", "--alert", "--config", "m.json5"], port)
        #expect(FileManager.default.fileExists(atPath: "\(home)/health-monitor/health.db"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("health.db").path))
        // Files of an earlier version stay in use.
        let old = ["MONITOR_PORT": "0"]
        _ = try await run(["--once", "--alert", "--config", "m.json5"], old)
        #expect(FileManager.default.fileExists(atPath: folder.file("health.db").path))
        try FileManager.default.removeItem(atPath: home)
        _ = try await run(["--once", "--alert", "--config", "m.json5"], port)
        #expect(!FileManager.default.fileExists(atPath: home))
    }
}
