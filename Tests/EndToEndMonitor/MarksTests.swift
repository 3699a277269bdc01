import Foundation
import KeepAliveTestSupport
import Testing

/// `health-monitor ack`, `silence` and `note` against a running monitor, also over its kills.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MarksTests {
    /// Runs a command against the monitor.
    private func run(_ arguments: [String], at daemon: MonitorProcess) async throws -> (Int32?, String) {
        let url = "http://127.0.0.1:\(try await daemon.port())"
        let command = try MonitorProcess(
            nil, arguments + ["--url", url], environment: ["MONITOR_API_KEY": MonitorProcess.key])
        let end = await command.end()
        guard case .exited(let code) = end.status else { return (nil, end.output) }
        return (code, end.output)
    }

    @Test func anAcknowledgementOutlivesAKillAndEndsWithItsAlert() async throws {
        let web = try HTTPListener(status: 503)
        let (first, second) = (try Webhook(), try Webhook())
        let configuration = MonitorProcess.configuration(
            targets: [MonitorProcess.http("web", web)],
            channels: [
                first.channel, "{ type: \"webhook\", name: \"late\", url: \"\(second.server.url)\", after: 1 }",
            ], more: "failureThreshold: 1, alertInterval: 1,")
        var daemon = try MonitorProcess(configuration)
        #expect(Webhook.words(try await first.event(1)) == "opened web")
        let (code, output) = try await run(["ack", "web", "--note", "new disk"], at: daemon)
        #expect(code == 0, "\(output)")
        #expect(output.hasSuffix("of web is acknowledged\n"))
        let (wrong, words) = try await run(["ack", "wbe"], at: daemon)
        #expect(wrong == 1 && words.contains("unknown service \"wbe\"; did you mean web?"), "\(words)")
        #expect(await daemon.stop(SIGKILL) == .signaled(SIGKILL))

        daemon = try MonitorProcess(configuration, in: daemon.folder)
        let service = try await daemon.service("web") { $0["consecutive_failures"]?.integer ?? 0 > 3 }
        #expect(service["acknowledged"]?["note"] == "new disk")
        #expect(service["acknowledged"]?["who"]?.string?.hasSuffix("(API key)") == true)
        web.answer(with: 200)
        let alerts = try await daemon.alerts("?status=resolved", count: 1)
        #expect(alerts[0]["acknowledged"]?["note"] == "new disk")
        let steps = alerts[0]["timeline"]?.array?.compactMap { $0["event"]?.string } ?? []
        #expect(steps.filter { $0 != "repeated" } == ["opened", "acknowledged", "resolved"])
        #expect(try await daemon.service("web")["acknowledged"] == .null)
        #expect(await daemon.stop() == .exited(0))
        // What was repeated had been before the acknowledgement.
        #expect(first.events.last == "resolved web")
        #expect(second.events == [])
    }

    @Test func aSilencedAlertIsSentAfterwards() async throws {
        let web = try HTTPListener()
        let hook = try Webhook()
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: [MonitorProcess.http("web", web)], channels: [hook.channel], more: "failureThreshold: 1,"))
        try await daemon.service("web")
        let (code, output) = try await run(["silence", "web", "--minutes", "60"], at: daemon)
        #expect(code == 0 && output.hasPrefix("web is silenced until 2"), "\(output)")
        web.answer(with: 503)
        let alerts = try await daemon.alerts("?status=active", count: 1)
        #expect(alerts[0]["service_name"] == "web")
        let silenced = try await daemon.service("web") { $0["consecutive_failures"]?.integer ?? 0 > 2 }
        #expect(silenced["silenced"]?["until"] != .null)
        #expect(hook.events == [])
        #expect(try await run(["note", "web", "ask", "Bo"], at: daemon).0 == 0)
        #expect(try await run(["unsilence", "web"], at: daemon).0 == 0)
        let event = try await hook.event(1)
        #expect(Webhook.words(event) == "repeated web")
        #expect(event["message"]?.string?.hasPrefix("no longer silenced, still failing after") == true)
        #expect(try await daemon.service("web")["note"]?["note"] == "ask Bo")
        let (again, words) = try await run(["unsilence", "web"], at: daemon)
        #expect(again == 1 && words == "health-monitor: web is not silenced\n")
        #expect(await daemon.stop() == .exited(0))
    }

    @Test func aWrongUseIsNamed() async throws {
        for (arguments, status, words) in [
            (["silence", "web"], 64, "silence needs --minutes N or --until TIME"),
            (["ack"], 64, "ack needs a SERVICE"), (["ack", "a", "b"], 64, "\"b\" is too much"),
            (["ack", "a", "--nte", "x"], 64, "unknown argument --nte; did you mean --note?"),
            (["slience", "a"], 64, "unknown argument slience; did you mean silence?"),
            (["note", "a"], 64, "note needs a text, or --remove"),
            (["ack", "a", "--config", "missing.json5"], 78, "missing.json5 cannot be read"),
            (["ack", "a", "--url", "ftp://x"], 64, "--url \"ftp://x\" is not allowed: give a web address"),
            (["silence", "a", "--minutes", "abc"], 64, "--minutes \"abc\" is not allowed: give a whole number"),
            (["silence", "a", "--minutes", "0"], 64, "a whole number from 1 to 527040"),
            (["silence", "a", "--until", "tomorrow"], 64, "--until \"tomorrow\" is not allowed: give a time"),
            (["ack", "a", "--note", String(repeating: "x", count: 1001)], 64, "the note has 1001 characters"),
            (["note", "a", " "], 64, "the note has only blanks"),
            (["ack", "a", "--url", "http://127.0.0.1:1"], 1, "the monitor at http://127.0.0.1:1 cannot be reached"),
        ] as [([String], Int32, String)] {
            let end = await (try MonitorProcess(nil, arguments)).end()
            #expect(end.status == .exited(status), "\(arguments)")
            #expect(end.output.contains(words), "\(end.output)")
        }
        let help = await (try MonitorProcess(nil, ["silence", "--help"])).end()
        #expect(help.status == .exited(0) && help.output.contains("--until TIME"))
    }

    /// Another program has the configured port: it gets no key, and the monitor is found on the next.
    @Test func anotherProgramOnThePortGetsNoKey() async throws {
        let heads = EventLog<String>()
        let port = try PortRow.take(2)[0]
        let other = try ScriptedServer(port: port) { peer in
            while let head = peer.readHead() {
                heads.append(head)
                peer.send(ScriptedServer.answer("{}"))
            }
        }
        let web = try HTTPListener()
        let configuration =
            "{ api: { port: \(port), portFallbacks: 1, key: \"\(MonitorProcess.key)\" }, checkInterval: 1, "
            + "targets: [\(MonitorProcess.http("web", web))] }"
        let daemon = try MonitorProcess(configuration)
        try await daemon.service("web")
        #expect(try await daemon.port() == port + 1)
        let command = ["note", "web", "ask Bo", "--config", "monitor.json5"]
        let found = await (try MonitorProcess(nil, command, in: daemon.folder)).end()
        #expect(found.status == .exited(0), "\(found.output)")
        #expect(try await daemon.service("web")["note"]?["note"] == "ask Bo")
        #expect(await daemon.stop() == .exited(0))
        let alone = await (try MonitorProcess(nil, command, in: daemon.folder)).end()
        #expect(alone.status == .exited(1))
        #expect(alone.output.contains("cannot be reached: another program answers"), "\(alone.output)")
        #expect(heads.count == 2 && !heads.elements.contains { $0.contains(MonitorProcess.key) })
        // Whoever is named by --url is believed to be the monitor, but not everything.
        let fake = await (try MonitorProcess(nil, ["note", "web", "x", "--url", "http://127.0.0.1:\(port)"])).end()
        #expect(fake.status == .exited(1) && fake.output.contains("the answer is not health-monitor's"))
        withExtendedLifetime(other) {}
    }

    /// The address and key come from the section `api`, whatever else the file needs.
    @Test func theConfigurationTellsWhereTheMonitorIs() async throws {
        let web = try HTTPListener()
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)]))
        try await daemon.service("web")
        let port = try await daemon.port()
        let command = try MonitorProcess(
            "{ api: { host: \"*\", port: \(port), key: \"$KEY\" }, channels: [{ type: \"slack\", url: \"$UNSET\" }] }",
            [])
        _ = await command.end()
        let note = try MonitorProcess(
            nil, ["note", "web", "x", "--config", "monitor.json5"], in: command.folder,
            environment: ["KEY": MonitorProcess.key])
        #expect(await note.end().status == .exited(0))
        let wrong = try MonitorProcess(
            nil, ["note", "web", "x", "--config", "monitor.json5"], in: command.folder,
            environment: ["KEY": "another-key"])
        let end = await wrong.end()
        #expect(end.status == .exited(1) && end.output.contains("the API key is wrong"))
        #expect(await daemon.stop() == .exited(0))
    }
}
