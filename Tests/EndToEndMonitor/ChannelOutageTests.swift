import Foundation
import KeepAliveTestSupport
import Testing

/// A channel that accepts no alerts for a while, and the monitor's reports meanwhile.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ChannelOutageTests {
    private func reasons(_ daemon: MonitorProcess) async throws -> [String] {
        try await daemon.ask("GET", "/health", key: nil).json()["reasons"]?.array?.compactMap(\.string) ?? []
    }

    /// Each event arrives once, in order and soon, whatever was refused before, also after a kill.
    @Test func aRefusedAlertArrivesOnceSoonAfterTheChannelIsMended() async throws {
        let web = try HTTPListener(status: 503)
        let isWell = EventLog<Void>()
        let taken = EventLog<String>()
        let hook = try Webhook { event in
            guard isWell.count > 0 else { return .status(404, body: "no_service") }
            taken.append(Webhook.words(event))
            return .status(204)
        }
        let configuration = MonitorProcess.configuration(of: web, channels: [hook.channel])
        let first = try MonitorProcess(configuration)
        _ = try await hook.event(4)
        let sentence = "channel webhook takes no alerts: the webhook answered 404: no_service"
        #expect(try await reasons(first).contains(sentence))
        #expect(try await first.ask("GET", "/health", key: nil).json()["status"] == "degraded")
        let metrics = try await first.ask("GET", "/metrics").text
        #expect(metrics.contains("keepalive_monitor_channel_failing{channel=\"webhook\"} 1\n"))
        let document = try await first.ask("GET", "/api/health/status").json()
        #expect(document["channel_troubles"]?[0]?["message"] == "the webhook answered 404: no_service")
        #expect(await first.stop(SIGKILL) == .signaled(SIGKILL))

        // The next run knows it from the first moment, and continues in its place.
        let second = try MonitorProcess(configuration, in: first.folder)
        try await Polling.until({ try await reasons(second) }, isMet: { $0.contains(sentence) })
        web.answer(with: 200)
        try await second.service("web") { $0["status"] == "healthy" && $0["alert"] == .null }
        isWell.append(())
        _ = try await taken.element(at: 1)
        try await Polling.until({ try await reasons(second) }, isMet: { !$0.contains(sentence) })
        #expect(
            try await second.ask("GET", "/metrics").text.contains(
                "keepalive_monitor_channel_failing{channel=\"webhook\"} 0\n"))
        #expect(await second.stop() == .exited(0))
        #expect(taken.elements == ["opened web", "resolved web"])
    }

    @Test func aGroupThatBecameASupergroupIsToldAndNamed() async throws {
        let web = try HTTPListener(status: 503)
        let telegram = try PeerServer { request in
            request.json["chat_id"] == -100
                ? .status(400, body: #"{"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-1009}}"#)
                : .status(200, body: #"{"ok":true,"result":{}}"#)
        }
        func configuration(_ chat: Int) -> String {
            MonitorProcess.configuration(
                targets: [MonitorProcess.http("web", web)],
                channels: [
                    "{ type: \"telegram\", token: \"12:abcdefgh\", chatId: \(chat), apiUrl: \"\(telegram.url)\" }"
                ])
        }
        let daemon = try MonitorProcess(configuration(-100))
        let advice =
            "channel telegram: the Telegram group -100 became the supergroup -1009: alerts go there; "
            + "set chatId to \"-1009\""
        try await daemon.child.waitForLine(containing: advice)
        try await Polling.until({ try await reasons(daemon) }, isMet: { $0.contains(advice) })
        // Once configured as advised, the advice disappears.
        try daemon.folder.write(configuration(-1009), to: "monitor.json5")
        daemon.child.signal(SIGHUP)
        try await Polling.until({ try await reasons(daemon) }, isMet: { !$0.contains(advice) })
        web.answer(with: 200)
        _ = try await telegram.waitForRequest(3)
        #expect(await daemon.stop() == .exited(0))
        #expect(telegram.requests.elements.map { $0.json["chat_id"] } == [-100, -1009, -1009])
    }

    /// Its trouble disappears with it.
    @Test func aChannelThatIsTakenOutIsNamedNoMore() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook { _ in .status(410) }
        let targets = [MonitorProcess.http("web", web)]
        let daemon = try MonitorProcess(MonitorProcess.configuration(targets: targets, channels: [hook.channel]))
        let sentence = "channel webhook takes no alerts: the webhook answered 410"
        try await Polling.until({ try await reasons(daemon) }, isMet: { $0.contains(sentence) })
        try daemon.folder.write(MonitorProcess.configuration(targets: targets), to: "monitor.json5")
        daemon.child.signal(SIGHUP)
        try await Polling.until({ try await reasons(daemon) }, isMet: { !$0.contains(sentence) })
        #expect(try await daemon.ask("GET", "/api/health/status").json()["channel_troubles"] == [])
        #expect(await daemon.stop() == .exited(0))
    }
}
