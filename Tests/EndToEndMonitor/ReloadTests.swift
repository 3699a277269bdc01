import Foundation
import KeepAliveTestSupport
import Testing

/// SIGHUP only rereads the configuration; other signals do no harm.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ReloadTests {
    private func reload(_ daemon: MonitorProcess, with configuration: String, number: Int) async throws {
        try daemon.folder.write(configuration, to: "monitor.json5")
        daemon.child.signal(SIGHUP)
        try await daemon.child.waitForLine(containing: "configuration reloaded", occurrence: number)
    }

    @Test func aReloadKeepsStatesAlertsAndTheOutbox() async throws {
        let manager = try ManagerSocket(in: TemporaryDirectory())
        let (web, other, third) = (try HTTPListener(status: 503), try HTTPListener(), try HTTPListener())
        let hook = try Webhook()
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: [MonitorProcess.http("web", web), MonitorProcess.http("gone", other)], channels: [hook.channel]
            ),
            environment: ["NOTIFY_SOCKET": manager.path])
        try await manager.wait(for: "READY=1")
        let opened = try await hook.event(1)
        #expect(opened["event"] == "opened")
        let port = try await daemon.port()
        try await reload(
            daemon,
            with: MonitorProcess.configuration(
                targets: [
                    MonitorProcess.http("new", third), MonitorProcess.http("web", web, "critical: true, group: \"g\""),
                ],
                channels: [hook.channel], more: "alertInterval: 100,"), number: 1)
        try await manager.wait(for: "RELOADING=1")
        try await manager.wait(for: "MONOTONIC_USEC=")
        try await manager.wait(for: "READY=1", occurrence: 2)
        try await daemon.service("new") { $0["status"] == "healthy" }
        try await daemon.service("web") { $0["group"] == "g" && ($0["consecutive_failures"]?.integer ?? 0) > 4 }
        let services = try await daemon.ask("GET", "/api/health/status").json()["services"]?.array ?? []
        #expect(services.compactMap { $0["name"]?.string } == ["new", "web"])
        #expect(try await daemon.port() == port)
        web.answer(with: 200)
        try await daemon.service("web") { $0["alert"] == .null }
        try await Polling.until(
            { hook.server.requests.elements.map(\.json) },
            isMet: { events in events.contains { $0["event"] == "resolved" && $0["alert_id"] == opened["alert_id"] } })
        #expect(hook.events.filter { $0 == "opened web" }.count == 1)
        #expect(await daemon.stop() == .exited(0))
    }

    @Test func aWrongFileChangesNothing() async throws {
        let (web, other) = (try HTTPListener(), try HTTPListener())
        let good = MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)])
        let daemon = try MonitorProcess(good)
        try await daemon.service("web")
        let wrongs = [
            ("{ targets: [{ name: \"a\", type: \"nonsense\" }], x: 1 }", "configuration: targets[0].type: "),
            ("{ targets: [", "line 1, column 12: [ is never closed"), ("", "the file is empty"),
        ]
        for (index, (text, words)) in wrongs.enumerated() {
            try daemon.folder.write(text, to: "monitor.json5")
            daemon.child.signal(SIGHUP)
            try await daemon.child.waitForLine(containing: words)
            try await daemon.child.waitForLine(containing: "the earlier one stays in use", occurrence: index + 1)
        }
        try FileManager.default.removeItem(at: daemon.folder.file("monitor.json5"))
        daemon.child.signal(SIGHUP)
        try await daemon.child.waitForLine(containing: "cannot be read")
        try await daemon.child.waitForLine(containing: "the earlier one stays in use", occurrence: 4)
        #expect(daemon.output.contains("configuration: x: unknown key"))
        let health = try await daemon.ask("GET", "/health")
        #expect(health.status == 200)
        #expect(try health.json()["status"] == "degraded")
        #expect(try health.json()["reasons"]?.array?.contains { $0.string?.contains("stays in use") == true } == true)
        web.answer(with: 503)
        try await daemon.service("web") { $0["status"] == "unhealthy" }
        try await reload(
            daemon,
            with: MonitorProcess.configuration(targets: [
                MonitorProcess.http("web", web), MonitorProcess.http("b", other),
            ]), number: 1)
        try await daemon.service("b") { $0["status"] == "healthy" }
        try await Polling.until({ try await daemon.ask("GET", "/health").json()["status"] }, isMet: { $0 == "healthy" })
        #expect(await daemon.stop() == .exited(0))
    }

    /// A reload rereads the channel before the peer has answered: the event arrives once.
    @Test func whatIsBeingDeliveredIsDeliveredOnce() async throws {
        let web = try HTTPListener(status: 503)
        let (arrived, mayAnswer) = (EventLog<String>(), DispatchSemaphore(value: 0))
        let hook = try PeerServer { request in
            arrived.append(Webhook.words(request.json))
            mayAnswer.wait()
            return .status(200)
        }
        let configuration = MonitorProcess.configuration(
            targets: [MonitorProcess.http("web", web, "failureThreshold: 1")],
            channels: ["{ type: \"webhook\", url: \"\(hook.url)\" }"])
        let daemon = try MonitorProcess(configuration)
        _ = try await arrived.element(at: 0)
        for number in 1...2 { try await reload(daemon, with: configuration, number: number) }
        for _ in 1...2 { mayAnswer.signal() }
        web.answer(with: 200)
        _ = try await hook.waitForRequest(2)
        #expect(arrived.elements == ["opened web", "resolved web"])
        #expect(await daemon.stop() == .exited(0))
    }

    /// Thirty in a row, a new key and a variable of `.env`, and every signal that a program may get by mistake.
    @Test func signalsDoNoHarm() async throws {
        let web = try HTTPListener()
        let folder = try TemporaryDirectory(prefix: "monitor")
        try folder.write("NAME=first\n", to: ".env")
        func configuration(_ key: String) -> String {
            MonitorProcess.configuration(targets: [MonitorProcess.http("$NAME", web)], key: key)
        }
        let daemon = try MonitorProcess(configuration(MonitorProcess.key), in: folder)
        try await daemon.service("first")
        for signal in [SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXFSZ, SIGPWR, 34, 64] {
            daemon.child.signal(signal)
        }
        try folder.write("NAME=second\n", to: ".env")
        try folder.write(configuration("another-long-key"), to: "monitor.json5")
        for _ in 1...30 { daemon.child.signal(SIGHUP) }
        _ = try await Polling.until {
            try await daemon.ask("GET", "/api/health/status", key: "another-long-key").json()["services"]?.array ?? []
        } isMet: {
            $0.first?["name"]?.string == "second" && $0.first?["status"] == "healthy"
        }
        #expect(try await daemon.ask("GET", "/api/health/status").status == 401)
        #expect(try await daemon.ask("GET", "/health").json()["status"] == "healthy")
        #expect(await daemon.stop() == .exited(0))
    }

    /// A job that a reload adds, or that gets another token, is heard; a single run beside the monitor knows its call.
    @Test func aReloadTakesTheCallsOfNewJobs() async throws {
        func configuration(_ jobs: String...) -> String {
            let targets = jobs.map {
                "{ name: \"\($0)\", type: \"push\", token: \"token-of-\($0)\", maxSilence: 3600 }"
            }
            return MonitorProcess.configuration(
                targets: targets, more: "page: { title: \"Jobs up to \(jobs.last ?? "")\" },")
        }
        let daemon = try MonitorProcess(configuration("first"))
        try await daemon.service("first")
        try await reload(daemon, with: configuration("first", "second"), number: 1)
        #expect(try await daemon.ask("GET", "/api/push/token-of-second?msg=done", key: nil).status == 200)
        try await daemon.service("second") { $0["status"] == "healthy" && $0["message"]?.string != nil }
        #expect(try await daemon.ask("POST", "/api/health/test/second").status == 200)
        let port = try await daemon.port()
        let page = try await BlockingWork.run {
            let client = try RawClient(port: port)
            defer { client.close() }
            try client.request("GET", "/", headers: ["Accept": "text/html"])
            return try client.readResponse().text
        }
        #expect(page.contains("Jobs up to second"))
        try await reload(daemon, with: configuration("second"), number: 2)
        #expect(try await daemon.ask("GET", "/api/push/token-of-first", key: nil).status == 404)
        let once = await (try MonitorProcess(nil, ["--config", "monitor.json5", "--once"], in: daemon.folder)).end()
        #expect(once.status == .exited(0), "\(once.output)")
        #expect(await daemon.stop() == .exited(0))
    }
}
