import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

/// `health-monitor --once`, run like by a person, cron or Nagios.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OnceTests {
    private func services(_ output: String) throws -> [String: JSON] {
        // The log goes to standard error.
        let document = try JSON(parsing: String(output.split(separator: "\n").first { $0.hasPrefix("{") } ?? ""))
        let pairs = (document["services"]?.array ?? []).map { ($0["name"]?.string ?? "?", $0) }
        return Dictionary(pairs) { first, _ in first }
    }

    @Test func withoutAConfigurationItChecksThisHostAndTheBotsOnThePorts() async throws {
        let folder = try TemporaryDirectory()
        // The bot is on the last port of the range, and the others are free.
        let ports = try PortRow.take(2)
        let port = ports[1]
        let bot = try ChildProcess(
            executable: ChildProcess.product("casino-bot"), arguments: ["--demo"],
            environment: ["PATH": "/usr/bin:/bin", "PORT": "\(port)", "DATABASE_PATH": folder.file("casino.db").path],
            workingDirectory: folder.path)
        #expect(try await bot.healthPort() == port)
        let run = try MonitorProcess(
            nil, ["--once", "--json"], environment: ["PORT": "\(ports[0])", "PORT_FALLBACKS": "1"])
        let (status, output) = await run.end()
        #expect([.exited(0), .exited(1), .exited(2)].contains(status))
        let found = try services(output)
        #expect(found.keys.sorted() == ["Casino Bot (port \(port))", "disk", "memory"])
        #expect(found["Casino Bot (port \(port))"]?["status"] == "healthy")
        #expect(found["disk"]?["checks"]?[0]?["value"]?.double != nil)
        // It leaves nothing behind.
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.path) == [])
        #expect(await bot.stop() == .exited(0))
    }

    /// As `… --check --json | jq .crash_count` reads it.
    @Test func theNumbersStandBesideTheServices() async throws {
        let folder = try TemporaryDirectory()
        let systemctl = try await folder.writeScript(
            "#!/bin/sh\nprintf 'ActiveState=active\\nSubState=running\\nNRestarts=7\\nLoadState=loaded\\n'\n")
        let run = try MonitorProcess(
            MonitorProcess.configuration(targets: [
                "{ name: \"unit\", type: \"systemd\", unit: \"a.service\", command: \"\(systemctl)\" }",
                "{ name: \"disk\", type: \"disk\", path: \"/\" }",
            ]), ["--check", "--json"])
        let (_, output) = await run.end()
        let document = try JSON(parsing: String(output.split(separator: "\n").first { $0.hasPrefix("{") } ?? ""))
        #expect(document["crash_count"]?.integer == 7)
        #expect(document["service_active"]?.integer == 1)
        #expect((document["disk_usage"]?.double ?? -1) >= 0)
        #expect(document["memory_usage"] == .null && document["heartbeat_age"] == .null)
    }

    @Test func theExampleWorksAsItIs() async throws {
        let (status, example) = try await MonitorProcess(nil, ["--example-config"]).end()
        #expect(status == .exited(0))
        let check = try await MonitorProcess(example, ["--check-config"]).end()
        #expect(check.status == .exited(0))
        #expect(check.output == "health-monitor: 2 targets, 0 channels: the configuration is valid\n")
        let once = try await MonitorProcess(example, ["--once", "--json"]).end()
        #expect(try services(once.output).keys.sorted() == ["disk", "memory"])
    }

    @Test(
        arguments: [
            ([("200", 0)], 0), ([("200", 0), ("503", 0)], 2), ([("200", 9)], 1), ([("push", 0), ("200", 0)], 3),
            ([("push", 0), ("200", 9)], 1),
        ] as [([(String, Int)], Int32)])
    func itEndsAsNagiosWants(kinds: [(String, Int)], code: Int32) async throws {
        let healthy = try HTTPListener()
        let failing = try HTTPListener(status: 503)
        let slow = try PeerServer { _ in
            .status(200, headers: ["Content-Type": "application/health+json"], body: "{\"status\":\"warn\"}")
        }
        let targets = kinds.enumerated().map { index, kind in
            switch kind {
            case ("push", _): "{ name: \"\(index)\", type: \"push\", token: \"unheard-of-token\" }"
            case (_, 9): "{ name: \"\(index)\", type: \"http\", url: \"\(slow.url)\" }"
            case ("200", _): "{ name: \"\(index)\", type: \"http\", url: \"\(healthy.url)\" }"
            default: "{ name: \"\(index)\", type: \"http\", url: \"\(failing.url)\" }"
            }
        }
        let (status, output) = try await MonitorProcess(MonitorProcess.configuration(targets: targets), ["--once"])
            .end()
        #expect(status == .exited(code), "\(output)")
        // The report has it already; a mail from cron must not repeat it.
        #expect(!output.contains("INFO"))
    }

    @Test func alertsAreKeptOverRuns() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let configuration = MonitorProcess.configuration(of: web, channels: [hook.channel])
        let folder = try TemporaryDirectory()
        func run() async throws -> ChildProcess.ExitStatus {
            try await MonitorProcess(configuration, ["--once", "--alert"], in: folder).end().status
        }
        #expect(try await run() == .exited(2))
        #expect(try await run() == .exited(2))
        #expect(hook.events == ["opened web"])
        web.answer(with: 200)
        #expect(try await run() == .exited(0))
        #expect(try await run() == .exited(0))
        #expect(hook.events == ["opened web", "resolved web"])
        #expect(hook.server.requests.elements.last?.json["message"] == "recovered after 2 failed checks")
    }

    /// The run retries for some seconds, names the channel in the report, and keeps the event for the next run.
    @Test func whatAChannelDidNotTakeIsNamedAndSentByTheNextRun() async throws {
        let web = try HTTPListener(status: 503)
        let folder = try TemporaryDirectory()
        let isWell = EventLog<Void>()
        let hook = try Webhook { _ in isWell.count == 0 ? .status(403, body: "no such hook") : .status(204) }
        let configuration = MonitorProcess.configuration(of: web, channels: [hook.channel])
        let first = try await MonitorProcess(configuration, ["--once", "--alert"], in: folder).end()
        #expect(first.status == .exited(2))
        #expect(
            first.output.contains(
                "\nchannel webhook takes no alerts: the webhook answered 403: no such hook\n1 service: unhealthy\n"))
        #expect(hook.events.count > 1 && Set(hook.events) == ["opened web"])
        let second = try await MonitorProcess(configuration, ["--once", "--alert", "--json"], in: folder).end()
        let line = second.output.split(separator: "\n").first { $0.hasPrefix("{") }
        #expect(
            try JSON(parsing: String(line ?? ""))["channel_troubles"] == [
                [
                    "channel": "webhook", "takes_alerts": false, "message": "the webhook answered 403: no such hook",
                ]
            ])
        // The peer works again.
        isWell.append(())
        web.answer(with: 200)
        let before = hook.events.count
        let third = try await MonitorProcess(configuration, ["--once", "--alert"], in: folder).end()
        #expect(third.status == .exited(0))
        #expect(!third.output.contains("takes no alerts"))
        #expect(hook.events.dropFirst(before) == ["opened web", "resolved web"])
    }

    @Test func twoAtOnceDoNotSendTwice() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let configuration = MonitorProcess.configuration(of: web, channels: [hook.channel])
        let daemon = try MonitorProcess(configuration)
        #expect(Webhook.words(try await hook.event(1)) == "opened web")
        let (status, output) = try await MonitorProcess(configuration, ["--once", "--alert"], in: daemon.folder).end()
        #expect(status == .exited(78))
        #expect(output.contains("another health-monitor uses the database health.db"))
        // Without alerts it changes nothing, so it may run beside the daemon.
        #expect(try await MonitorProcess(configuration, ["--once"], in: daemon.folder).end().status == .exited(2))
        #expect(await daemon.stop() == .exited(0))
        #expect(hook.events == ["opened web"])
    }

    /// No alert is sent, and the output claims none.
    @Test func withoutAlertNoneIsClaimed() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let configuration = MonitorProcess.configuration(of: web, channels: [hook.channel])
        let (status, output) = try await MonitorProcess(configuration, ["--once", "--json"]).end()
        #expect(status == .exited(2))
        #expect(try services(output)["web"]?["alert"] == .null)
        #expect(!output.contains("alert opened"))
        #expect(hook.events == [])
    }

    @Test func restartRunsTheCommandAndKeepsItsLedger() async throws {
        let web = try HTTPListener(status: 503)
        let folder = try TemporaryDirectory()
        let configuration = MonitorProcess.configuration(targets: [
            """
            { name: "web", type: "http", url: "\(web.url)", critical: true, restart: ["/bin/sh", "-c", "echo x >> runs"] }
            """
        ])
        let runs = { try String(contentsOf: folder.file("runs"), encoding: .utf8) }
        let ledger = folder.file("restart_backoff.json")
        func entry() throws -> JSON? { try JSON(parsing: Array(Data(contentsOf: ledger)))["services"]?["web"] }
        func run() async throws {
            let run = try MonitorProcess(configuration, ["--once", "--restart"], in: folder)
            #expect(await run.end().status == .exited(2))
        }
        try await run()
        // At the earliest 10 s after the failure: cron's next run does it.
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs").path))
        #expect(try entry()?["attempts"] == 0)
        try folder.write("{\"services\":{\"web\":{\"attempts\":0,\"nextAt\":1}}}", to: "restart_backoff.json")
        for _ in 1...2 { try await run() }
        // The last run came within the delay of the run before.
        #expect(try runs() == "x\n")
        #expect(try entry()?["attempts"] == 1)
        web.answer(with: 200)
        #expect(
            try await MonitorProcess(configuration, ["--once", "--restart"], in: folder).end().status == .exited(0))
        #expect(try JSON(parsing: Array(Data(contentsOf: ledger)))["services"] == [:])
    }

    @Test func aTestAlertSaysWhatEachChannelAnswered() async throws {
        let good = try Webhook()
        let bad = try Webhook { _ in .status(500, body: "out of order") }
        let configuration = MonitorProcess.configuration(
            targets: [],
            channels: [
                good.channel, "{ type: \"webhook\", name: \"second\", url: \"\(bad.server.url)\" }",
            ])
        let (status, output) = try await MonitorProcess(configuration, ["--test-alert"]).end()
        #expect(status == .exited(1))
        #expect(output.contains("webhook: delivered\n"))
        #expect(
            output.contains(
                "second: failed, and a real alert would be retried: the webhook answered 500: out of order\n"))
        #expect(try await good.event(1)["event"] == "test")
    }

    @Test(arguments: [SIGTERM, SIGINT]) func itCanBeStopped(signal: Int32) async throws {
        let tarpit = try PeerServer { _ in .hang }
        let run = try MonitorProcess(
            MonitorProcess.configuration(
                targets: ["{ name: \"tarpit\", type: \"http\", url: \"\(tarpit.url)\", timeout: 300 }"]), ["--once"])
        _ = try await tarpit.waitForRequest()
        #expect(await run.stop(signal) == .signaled(signal))
    }
}
