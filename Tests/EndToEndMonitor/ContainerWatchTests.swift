import Foundation
import KeepAliveTestSupport
import Testing

/// `watch: "docker"` against a fake engine.
@Suite(.timeLimit(.minutes(2)))
struct ContainerWatchTests {
    private static let enabled = ["keepalive.enable": "true"]

    private func daemon(
        _ engine: FakeDockerEngine, _ targets: [String] = [], channels: [String] = [],
        in folder: TemporaryDirectory? = nil
    ) throws -> MonitorProcess {
        try MonitorProcess(
            MonitorProcess.configuration(
                targets: targets, channels: channels, more: "failureThreshold: 1, watch: \"docker\","), in: folder,
            environment: ["DOCKER_HOST": "unix://\(engine.path)"])
    }

    private func names(_ daemon: MonitorProcess) async throws -> [String] {
        let text = try await daemon.ask("GET", "/api/health/status").text
        return text.matches(of: /"(?:name|service)":\s*"([^"]+)"/).map { String($0.1) }
    }

    @Test func containersComeAndGo() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(
            at: folder.file("s").path, [.init("web", labels: Self.enabled), .init("other")])
        let hook = try PeerServer { _ in .status(200) }
        let daemon = try daemon(engine, channels: ["{ type: \"webhook\", url: \"\(hook.url)/\" }"])
        try await daemon.child.waitForLine(containing: "watches 1 target")
        try await daemon.child.waitForLine(containing: "web is healthy: it is running")
        _ = try await engine.subscriptions.first { $0.contains("filters=%7B%22type") }

        engine.change("create") { $0.append(.init("db", labels: Self.enabled, isRunning: false)) }
        try await daemon.child.waitForLine(containing: "containers changed: 2 targets (1 added, 0 removed)")
        try await daemon.child.waitForLine(containing: "alert opened: db: it has exited with code 1")

        // It restarts: the target stays.
        engine.change("start") { $0[2].isRunning = true }
        try await daemon.child.waitForLine(containing: "alert resolved: db")
        engine.change("die") { $0[2].isRunning = false }
        try await daemon.child.waitForLine(containing: "db is unhealthy: it has exited", occurrence: 2)

        // SIGHUP keeps the containers' targets.
        _ = daemon.child.signal(SIGHUP)
        try await daemon.child.waitForLine(containing: "configuration reloaded: 2 targets (0 added, 0 removed)")

        // The stream breaks off, and meanwhile a container is removed.
        engine.breakOff()
        engine.change("destroy") { $0.removeLast() }
        try await daemon.child.waitForLine(containing: "db is no longer watched: its open alert is closed")
        try await daemon.child.waitForLine(containing: "containers changed: 1 target (0 added, 1 removed)")
        try await daemon.child.waitForLine(containing: "containers are not followed: ")
        #expect(await daemon.stop() == .exited(0))
    }

    /// A job's container comes and goes all the time: other targets are checked as always.
    @Test func containersThatComeAndGoDisturbNoCheck() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(at: folder.file("s").path)
        let (hanging, rare) = (try PeerServer { _ in .hang }, try HTTPListener())
        let daemon = try daemon(
            engine,
            [
                "{ name: \"hang\", type: \"http\", url: \"\(hanging.url)/\", timeout: 8 }",
                MonitorProcess.http("rare", rare, "interval: 3600"),
            ])
        _ = try await hanging.waitForRequest(1)
        _ = try await engine.subscriptions.first { $0.contains("filters=%7B%22type") }
        for number in 1...6 {
            engine.change(number % 2 == 1 ? "create" : "destroy") { list in
                list = number % 2 == 1 ? [.init("job", labels: Self.enabled)] : []
            }
            try await daemon.child.waitForLine(containing: "containers changed: ", occurrence: number)
        }
        // The check that began before all that.
        let service = try await daemon.service("hang")
        #expect(service["status"] == "unhealthy")
        #expect(hanging.requests.count < 6, "\(hanging.requests.count)")
        _ = daemon.child.signal(SIGHUP)
        try await daemon.child.waitForLine(containing: "configuration reloaded")
        try await daemon.service("rare")
        #expect(rare.requests.count == 1)
        #expect(await daemon.stop() == .exited(0))
    }

    /// A new version replaces the container, and was announced by a silence.
    @Test func aContainerThatComesBackIsStillSilenced() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(at: folder.file("s").path, [.init("web", labels: Self.enabled)])
        let daemon = try daemon(engine)
        try await daemon.service("web")
        _ = try await engine.subscriptions.first { $0.contains("filters=%7B%22type") }
        let url = "http://127.0.0.1:\(try await daemon.port())"
        for arguments in [["silence", "web", "--minutes", "60"], ["note", "web", "ask Bo"]] {
            let command = try MonitorProcess(
                nil, arguments + ["--url", url], environment: ["MONITOR_API_KEY": MonitorProcess.key])
            #expect(await command.end().status == .exited(0))
        }
        engine.change("destroy") { $0 = [] }
        try await daemon.child.waitForLine(containing: "containers changed: 0 targets (0 added, 1 removed)")
        engine.change("create") { $0 = [.init("web", labels: Self.enabled)] }
        try await daemon.child.waitForLine(containing: "containers changed: 1 target (1 added, 0 removed)")
        let back = try await daemon.service("web")
        #expect(back["silenced"]?["until"]?.string != nil)
        #expect(back["note"]?["note"] == "ask Bo")
        #expect(await daemon.stop() == .exited(0))

        // The engine is up again only after the monitor.
        engine.stop()
        let second = try self.daemon(engine, in: daemon.folder)
        try await second.child.waitForLine(containing: "containers are not known yet: ")
        try engine.start()
        let again = try await second.service("web")
        #expect(again["silenced"]?["until"]?.string != nil)
        #expect(again["note"]?["note"] == "ask Bo")
        #expect(await second.stop() == .exited(0))
    }

    @Test func brokenLabelsAndCollisions() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(
            at: folder.file("s").path,
            [.init("memory", labels: Self.enabled), .init("bad", labels: ["keepalive.enable": "maybe"])])
        let daemon = try daemon(engine, ["{ name: \"memory\", type: \"memory\" }"])
        try await daemon.child.waitForLine(
            containing: "container memory: the file has a target \"memory\" already: set another keepalive.name")
        try await daemon.child.waitForLine(containing: "container bad: keepalive.enable is \"maybe\"")
        let health = try await Polling.until(
            { try await daemon.ask("GET", "/health").text }, isMet: { $0.contains("container bad: keepalive.enable") })
        #expect(health.contains("and 1 more fault"))
        engine.change("destroy") { $0 = [.init("memory2", labels: Self.enabled)] }
        try await Polling.until({ try await daemon.ask("GET", "/health").text }, isMet: { !$0.contains("container ") })
        #expect(await daemon.stop() == .exited(0))
    }

    /// It would end a monitor that takes it only once it watches, and systemd counts that as a clean end.
    @Test func aReloadDuringTheStartWaits() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let (asked, mayAnswer) = (EventLog<String>(), DispatchSemaphore(value: 0))
        let engine = try FakeDocker(at: folder.file("s").path) { path in
            asked.append(path)
            if asked.count == 1 { mayAnswer.wait() }
            return (200, "[]")
        }
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(targets: [], more: "watch: \"docker\","),
            environment: ["DOCKER_HOST": "unix://\(engine.path)"])
        _ = try await asked.element(at: 0)
        daemon.child.signal(SIGHUP)
        mayAnswer.signal()
        try await daemon.child.waitForLine(containing: "configuration reloaded")
        #expect(await daemon.stop() == .exited(0))
        withExtendedLifetime(engine) {}
    }

    /// An engine that is out at the start closes no alert of its containers.
    @Test func anEngineThatIsOut() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(
            at: folder.file("s").path, [.init("web", labels: Self.enabled, isRunning: false)])
        let first = try daemon(engine)
        try await first.child.waitForLine(containing: "alert opened: web: it has exited")
        #expect(await first.stop() == .exited(0))
        engine.stop()
        let second = try daemon(engine, in: first.folder)
        try await second.child.waitForLine(containing: "containers are not known yet: ")
        try await second.child.waitForLine(containing: "watches 0 targets")
        try await second.child.waitForLine(containing: "containers are not followed: ")
        let reason = "no list of containers from the Docker engine: "
        let health = try await second.ask("GET", "/health").json()
        #expect(health["status"] == "degraded")
        #expect(health["reasons"]?.array?.contains { $0.string?.contains(reason) == true } == true, "\(health)")
        try engine.start()
        try await second.child.waitForLine(containing: "the Docker engine at \(engine.path) answers again")
        try await second.child.waitForLine(containing: "containers changed: 1 target (1 added, 0 removed)")
        engine.change("start") { $0[0].isRunning = true }
        // Only an alert that stayed open can be resolved.
        try await second.child.waitForLine(containing: "alert resolved: web")
        #expect(try await second.ask("GET", "/health").text.contains(reason) == false)
        // Lost while it runs.
        engine.stop()
        try await Polling.until({ try await second.ask("GET", "/health").text }, isMet: { $0.contains(reason) })
        #expect(second.output.contains("no longer watched") == false)
        #expect(await second.stop() == .exited(0))
    }

    @Test func once() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(at: folder.file("s").path, [.init("web", labels: Self.enabled)])
        let run = try MonitorProcess(
            MonitorProcess.configuration(targets: [], more: "watch: { type: \"docker\", socket: \"\(engine.path)\" },"),
            ["--once"])
        let (status, output) = await run.end()
        #expect(status == .exited(0))
        #expect(output.contains("web"))
    }
}
