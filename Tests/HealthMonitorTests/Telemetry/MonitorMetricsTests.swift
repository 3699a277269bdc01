import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The monitor's `/metrics`, through a real socket.
@Suite(.timeLimit(.minutes(1)))
struct MonitorMetricsTests {
    /// The sample lines of a text.
    private static func samples(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// Containers come and go: their counts do not stay.
    @Test func whatIsKnownOfARemovedServiceIsForgotten() async {
        let board = StatusBoard([Target("a", ScriptedProbe([])), Target("gone", ScriptedProbe([]))])
        let telemetry = Telemetry(board: board)
        for name in ["a", "gone"] { await telemetry.note(HistoryScene.check(name), events: []) }
        board.watch([Target("a", ScriptedProbe([]))])
        telemetry.watch(channels: [])
        #expect(Array(telemetry.counts.checks.keys) == ["a"])
    }

    @Test func everyServiceIsThere() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask("GET", "/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = Self.samples(answer.text)
            for line in [
                "keepalive_monitor_build_info{version=\"1.2.3\"} 1", "keepalive_monitor_targets 3",
                "keepalive_monitor_target_status{service=\"db\",type=\"scripted\",group=\"\",status=\"healthy\"} 1",
                "keepalive_monitor_target_status{service=\"db\",type=\"scripted\",group=\"\",status=\"unhealthy\"} 0",
                "keepalive_monitor_target_status{service=\"new\",type=\"scripted\",group=\"\",status=\"unknown\"} 1",
                "keepalive_monitor_target_up{service=\"café/bot 1\",type=\"scripted\",group=\"\"} 0",
                "keepalive_monitor_target_response_time_seconds{service=\"db\"} 0.001234",
                "keepalive_monitor_target_consecutive_failures{service=\"café/bot 1\"} 4",
                "keepalive_monitor_target_alert_open{service=\"café/bot 1\"} 1",
                "keepalive_monitor_target_silenced{service=\"café/bot 1\"} 1",
                "keepalive_monitor_alerts_open{severity=\"critical\"} 1",
                "keepalive_monitor_target_check_value{service=\"db\",check=\"disk\"} 12.5",
                "keepalive_monitor_target_last_check_timestamp_seconds{service=\"db\"} 1700000000",
            ] {
                #expect(lines.contains(line), "\(line) is not in\n\(answer.text)")
            }
            #expect(!answer.text.contains("target_up{service=\"new\""), "nobody knows whether it is up")
            #expect(!answer.text.contains("response_time_seconds{service=\"new\""))
        }
    }

    @Test func openMetricsWhereItIsAskedFor() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try monitor.ask(
                "GET", "/metrics",
                headers: [
                    "Authorization": "Bearer \(ServedMonitor.key)",
                    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                ])
            #expect(answer.headers["Content-Type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
            #expect(answer.text.hasSuffix("# EOF\n"))
            #expect(answer.text.contains("# TYPE keepalive_monitor_target_checks counter\n"))
        }
    }

    @Test func noSeriesStandsTwiceWhateverServicesAreCalled() async throws {
        let names = ["a\"b\\c\nd", "<script>", "\u{202E}right to left", String(repeating: "x", count: 200)]
        let board = StatusBoard(names.map { Target($0, ScriptedProbe([.healthy])) })
        let telemetry = Telemetry(board: board, channels: ["discord"])
        for name in names {
            var result = ProbeResult(status: .degraded, message: "")
            result.checks = [
                .init(name: "disk.used_percent", status: .healthy, value: 80),
                .init(name: "disk.used_percent", status: .unhealthy, value: 90),
                .init(name: "x\"y", status: .healthy, value: 1), .init(name: "x\"y", status: .healthy, value: 2),
                .init(name: "certificate.days", status: .healthy, value: 2), .init(name: "u", status: .unknown),
            ]
            let record = CheckRecord(service: name, result: result, time: .now())
            board.update(name) { $0.last = record }
            await telemetry.note(record, events: [ChannelScene.event(.opened, service: name)])
            await telemetry.note(record, events: [])
        }
        var text = MetricsText(.prometheus)
        MonitorMetrics(services: board.all, counts: telemetry.counts, version: "1").append(to: &text)
        let lines = Self.samples(String(decoding: text.finish(), as: UTF8.self))
        let series = lines.map { $0[..<($0.lastIndex(of: " ") ?? $0.endIndex)] }
        #expect(Set(series).count == series.count)
        for line in [
            "keepalive_monitor_target_disk_used_ratio{service=\"a\\\"b\\\\c\\nd\"} 0.8",
            "keepalive_monitor_target_certificate_remaining_seconds{service=\"<script>\"} 172800",
            "keepalive_monitor_target_check_value{service=\"<script>\",check=\"x\\\"y\"} 1",
            "keepalive_monitor_target_checks_total{service=\"<script>\",status=\"degraded\"} 2",
            "keepalive_monitor_target_checks_total{service=\"<script>\",status=\"healthy\"} 0",
            "keepalive_monitor_alert_events_total{kind=\"opened\"} 4",
            "keepalive_monitor_outbox_events{channel=\"discord\"} 0",
        ] {
            #expect(lines.contains(line), "\(line) is not in\n\(lines.joined(separator: "\n"))")
        }
        #expect(!lines.contains { $0.contains("check=\"u\"") }, "nobody knows whether it is up")
    }

    @Test func whatWaitsInTheOutboxIsCounted() async throws {
        let history = History(path: ":memory:", retentionDays: 90, log: .none)
        let board = StatusBoard([Target("db", ScriptedProbe([.unhealthy]))])
        let telemetry = Telemetry(board: board, channels: ["slack", "discord"])
        let record = CheckRecord(service: "db", result: ProbeResult(status: .unhealthy, message: ""), time: .now())
        await history.record(
            record, state: TargetState(), events: [ChannelScene.event(service: "db")], channels: ["slack", "old"])
        let work = Task { await telemetry.run { (await history.waitingChannels(), await history.lostRows) } }
        let counts = try await Polling.until {
            telemetry.counts
        } isMet: {
            $0.waiting["slack"] == 1
        }
        #expect(counts.waiting == ["slack": 1, "discord": 0, "old": 1])
        work.cancel()
        await work.value
        await history.close()
    }

    /// A removed channel stays only while events wait for it.
    @Test func aRemovedChannelIsForgotten() {
        let telemetry = Telemetry(board: StatusBoard([]), channels: ["old", "kept"])
        telemetry.watch(channels: ["kept", "new"])
        #expect(telemetry.counts.waiting == ["kept": 0, "new": 0])
    }

    @Test func whatNoLongerWaitsIsZero() async throws {
        let telemetry = Telemetry(board: StatusBoard([]), channels: ["slack"])
        for (waiting, lost) in [(["slack": 3, "old": 1], 1), ([:], 2)] as [([String: Int], Int)] {
            let work = Task { await telemetry.run { (waiting, lost) } }
            let counts = try await Polling.until {
                telemetry.counts
            } isMet: {
                $0.lostRows == lost
            }
            #expect(counts.waiting == ["slack": waiting["slack"] ?? 0, "old": waiting["old"] ?? 0])
            work.cancel()
            await work.value
        }
    }

    /// A channel that delivers, and asks for another setting, does not fail.
    @Test func whatIsWellAndWhatIsNot() {
        let board = StatusBoard([Target("disk", ScriptedProbe([]))])
        board.update("disk") { status in
            let checks: [ProbeResult.SubCheck] = [
                .init(name: "disk.used_files_percent", status: .unhealthy, value: 50),
                .init(name: "memory.used_percent", status: .degraded, value: 25), .init(name: "odd", status: .unknown),
                .init(name: "heartbeat.age", status: .healthy, value: 7),
                .init(name: "restarts", status: .healthy, value: 3),
            ]
            status.last = CheckRecord(
                service: "disk", result: ProbeResult(status: .unhealthy, message: "", checks: checks),
                time: WallTime(microseconds: 0))
            status.forecast = Forecast(check: "disk.used_percent", limit: 100, seconds: 3600, event: "disk full")
        }
        var counts = Telemetry.Counts()
        counts.waiting = ["advised": 0, "failing": 2, "well": 0]
        counts.lostRows = 4
        let troubles = [("advised", true), ("failing", false)].map {
            ChannelTrouble(channel: $0, reason: "x", isDelivering: $1)
        }
        var text = MetricsText(.prometheus)
        MonitorMetrics(services: board.all, troubles: troubles, counts: counts, version: "1").append(to: &text)
        let lines = Self.samples(String(decoding: text.finish(), as: UTF8.self))
        for line in [
            "channel_failing{channel=\"advised\"} 0", "channel_failing{channel=\"failing\"} 1",
            "channel_failing{channel=\"well\"} 0", "outbox_events{channel=\"failing\"} 2",
            "target_disk_used_files_ratio{service=\"disk\"} 0.5", "target_memory_used_ratio{service=\"disk\"} 0.25",
            "target_heartbeat_age_seconds{service=\"disk\"} 7", "target_restarts{service=\"disk\"} 3",
            "history_lost_rows_total 4",
            "target_check_up{service=\"disk\",check=\"disk.used_files_percent\"} 0",
            "target_check_up{service=\"disk\",check=\"memory.used_percent\"} 1",
            "target_forecast_seconds{service=\"disk\",check=\"disk.used_percent\"} 3600",
        ] {
            #expect(lines.contains("keepalive_monitor_\(line)"), "\(line) is not in\n\(lines.joined(separator: "\n"))")
        }
        #expect(!lines.contains { $0.contains("check=\"odd\"") })
    }

    /// Nobody knows of the one whether it is up, and nobody asks it of the other.
    @Test func whatIsUnknownOrInMaintenanceIsNeitherUpNorDown() {
        let board = StatusBoard(ProbeStatus.allCases.map { Target($0.rawValue, ScriptedProbe([])) })
        for status in ProbeStatus.allCases {
            let record = HistoryScene.check(status.rawValue, status)
            board.update(status.rawValue) { $0.last = record }
        }
        var text = MetricsText(.prometheus)
        MonitorMetrics(services: board.all, counts: Telemetry.Counts(), version: "1").append(to: &text)
        let lines = Self.samples(String(decoding: text.finish(), as: UTF8.self))
        let name = "keepalive_monitor_target_up{service="
        let expected = [("degraded", 1), ("healthy", 1), ("unhealthy", 0)].map {
            "\(name)\"\($0)\",type=\"scripted\",group=\"\"} \($1)"
        }
        #expect(lines.filter { $0.hasPrefix(name) }.sorted() == expected)
    }
}
