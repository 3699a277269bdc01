import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

/// Acknowledgements, silences and notes over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct MonitorMarksTests {
    private static let bot = "caf%C3%A9/bot%201"

    /// A service's part of the status document.
    private static func status(_ monitor: ServedMonitor, _ index: Int) throws -> JSON {
        try #require(try monitor.ask("GET", "/api/health/status").json()["services"]?.array)[index]
    }

    @Test func anAlertIsAcknowledgedUntilItIsTakenBack() async throws {
        let kept = Mutex<[AlertEvent]>([])
        let keep: @Sendable (String, ServiceMarks, AlertEvent) async -> Void = { service, marks, event in
            #expect(service == "café/bot 1" && marks.version > 0)
            kept.withLock { $0.append(event) }
        }
        try await ServedMonitor.serve(keepMarks: keep) { monitor in
            let answer = try monitor.send("POST", "/api/health/alerts/2/ack", #"{"note": " new\ndisk ", "by": "ana"}"#)
            #expect(answer.status == 200)
            let mark = try #require(try answer.json()["acknowledged"])
            #expect(mark["who"] == "ana (API key 1)" && mark["note"] == "new disk" && mark["until"] == JSON.null)
            #expect(try answer.json()["alert_id"] == 2)
            #expect(try Self.status(monitor, 1)["acknowledged"] == mark)
            let metric = "keepalive_monitor_target_acknowledged{service=\"café/bot 1\"} "
            #expect(try monitor.ask("GET", "/metrics").text.contains(metric + "1\n"))
            #expect(try monitor.send("DELETE", "/api/health/alerts/2/ack", "").status == 200)
            #expect(try Self.status(monitor, 1)["acknowledged"] == JSON.null)
            #expect(try monitor.ask("GET", "/metrics").text.contains(metric + "0\n"))
        }
        #expect(kept.withLock { $0.map(\.kind) } == [.acknowledged, .unacknowledged])
        #expect(kept.withLock { $0.map(\.triggeredAt) } == [1_700_000_120_000_000, 1_700_000_120_000_000])
    }

    /// Open pages read their incidents again after a change of the alerts: too early, they would miss the mark.
    @Test func aMarkThatIsKeptChangesTheAlerts() async throws {
        let board = ServedMonitor.filledBoard
        let kept = EventLog<UInt64>()
        let keep: @Sendable (String, ServiceMarks, AlertEvent) async -> Void = { _, _, _ in
            kept.append(board.revision)
        }
        try await ServedMonitor.serve(board: board, keepMarks: keep) { monitor throws in
            #expect(try monitor.send("POST", "/api/health/alerts/2/ack", #"{"by": "ana"}"#).status == 200)
        }
        let before = try #require(kept.elements.last)
        #expect(board.alertRevision > before)
    }

    @Test func theTimelineNamesWhoAcknowledged() async throws {
        let history = ServedMonitor.filledHistory
        history.change { contents in
            var step = AlertStep(kind: .acknowledged, severity: .critical, message: "why", time: ServedMonitor.time)
            step.who = "ana (API key)"
            contents.steps = [2: [step]]
        }
        try await ServedMonitor.serve(history: history) { monitor in
            let alert = try #require(try monitor.ask("GET", "/api/health/alerts").json()["alerts"]?[0])
            let time = JSON.string(ServedMonitor.time)
            #expect(alert["acknowledged"] == ["who": "ana (API key)", "when": time, "until": nil, "note": "why"])
            #expect(
                alert["timeline"] == [
                    [
                        "event": "acknowledged", "at": time, "severity": "critical", "message": "why",
                        "who": "ana (API key)", "count": 1,
                    ]
                ])
        }
    }

    /// One that was taken back counts no more; a repeat of the alert takes nothing back.
    @Test(
        arguments: [([.acknowledged, .unacknowledged], false), ([.acknowledged, .repeated], true)]
            as [([AlertEvent.Kind], Bool)])
    func theLastAcknowledgementCounts(kinds: [AlertEvent.Kind], isAcknowledged: Bool) throws {
        let history = ServedMonitor.filledHistory
        let steps = kinds.map {
            AlertStep(kind: $0, severity: .critical, message: "", time: ServedMonitor.time)
        }
        history.change { $0.steps = [2: steps] }
        let answers = HistoryAnswers(history: history, board: ServedMonitor.filledBoard)
        let bytes = try answers.alerts(status: nil, service: nil, limit: 9)
        let alert = try #require(try JSON(parsing: bytes)["alerts"]?[0])
        #expect((alert["acknowledged"] == JSON.null) == !isAcknowledged)
    }

    @Test func aServiceIsSilencedUntilATime() async throws {
        try await ServedMonitor.serve(keys: [ServedMonitor.key]) { monitor in
            let before = WallTime.now().microseconds
            #expect(try monitor.send("POST", "/api/health/silence/db", "minutes=90&note=new%20disk").status == 200)
            let marks = try #require(monitor.board["db"]?.marks)
            let until = try #require(marks.silenced?.until)
            #expect((before...before + 3_600_000_000).contains(until - 90 * 60_000_000))
            let silenced = try #require(try Self.status(monitor, 0)["silenced"])
            #expect(silenced["until"]?.string == WallTime(microseconds: until).iso8601)
            #expect(silenced["who"] == "API key" && silenced["note"] == "new disk")
            let metric = "keepalive_monitor_target_silenced{service=\"db\"} "
            #expect(try monitor.ask("GET", "/metrics").text.contains(metric + "1\n"))
            // The later one counts.
            let end = WallTime(microseconds: before + 86_400_000_000).iso8601.prefix(19) + "Z"
            #expect(try monitor.send("POST", "/api/health/silence/db", "{\"until\": \"\(end)\"}").status == 200)
            #expect(try Self.status(monitor, 0)["silenced"]?["until"]?.string == end.dropLast() + ".000000Z")
            #expect(try monitor.send("DELETE", "/api/health/silence/db", "").status == 200)
            #expect(try Self.status(monitor, 0)["silenced"] == JSON.null)
            #expect(try monitor.ask("GET", "/metrics").text.contains(metric + "0\n"))
        }
    }

    @Test func aServiceHasANote() async throws {
        try await ServedMonitor.serve { monitor in
            let noted = try monitor.send("POST", "/api/health/services/\(Self.bot)/note", "note=ask+Bo")
            #expect(noted.status == 200)
            #expect(try Self.status(monitor, 1)["note"]?["note"] == "ask Bo")
            #expect(try monitor.send("DELETE", "/api/health/services/\(Self.bot)/note", "").status == 200)
            #expect(try Self.status(monitor, 1)["note"] == JSON.null)
        }
    }

    @Test(
        arguments: [
            ("silence/db", "", "until or minutes is missing"), ("silence/db", "minutes=0", "minutes: \"0\""),
            ("silence/db", "minutes=527041", "minutes: \"527041\""), ("silence/db", "minutes=1e3", "minutes: \"1e3\""),
            ("silence/db", "{\"minutes\": -5}", "minutes: \"-5\""),
            ("silence/db", "{\"minutes\": 1.5}", "minutes: 1.5"),
            ("silence/db", "minutes=5&minutes=6", "minutes is given twice"),
            ("silence/db", "{\"minutes\": 60, \"minutes\": 5}", "minutes is given twice"),
            ("silence/db", "minutes=5&until=2026-01-19T22:00:00Z", "until and minutes are both given"),
            ("silence/db", "until=tomorrow", "until: \"tomorrow\""),
            ("silence/db", "until=2026-02-30T22:00:00Z", "until: \"2026-02-30"),
            ("silence/db", "until=2001-01-19T22:00:00Z", "yet to come"),
            ("silence/db", "until=9999-01-19T22:00:00Z", "within 366 days"),
            (
                "silence/db", "minuts=5",
                "\"minuts\" is not a parameter of this path: there are until, minutes, note, by"
            ),
            ("silence/db", "{\"minutes\": ", "the body is not well-formed JSON"),
            ("silence/db", "{\"note\": [], \"minutes\": 5}", "note: a list is not allowed"),
            ("services/db/note", "", "note is missing"), ("services/db/note", "note=%20%0A", "note is missing"),
            ("services/db/note", "note=\(String(repeating: "a", count: 1001))", "note: it has 1001 characters"),
            ("services/db/note", "note=a&by=\(String(repeating: "b", count: 61))", "by: it has 61 characters"),
            ("services/db/note", "note=%FF", "note is not allowed: its bytes are not UTF-8"),
        ]) func aWrongParameterIsNamed(path: String, body: String, words: String) async throws
    {
        try await ServedMonitor.serve(board: Self.quietBoard) { monitor in
            let answer = try monitor.send("POST", "/api/health/\(path)", body)
            #expect(answer.status == 400)
            #expect(try answer.json()["error"]?.string?.contains(words) == true, "\(answer.text)")
            #expect(monitor.board["db"]?.marks.isEmpty == true)
        }
    }

    private static var quietBoard: StatusBoard { StatusBoard([Target("db", ScriptedProbe([.healthy]))]) }

    @Test func strangersAndForeignPagesChangeNothing() async throws {
        try await ServedMonitor.serve { monitor in
            for path in ["alerts/2/ack", "silence/db", "services/db/note"] {
                for method in ["POST", "DELETE"] {
                    let path = "/api/health/\(path)"
                    #expect(try monitor.send(method, path, "minutes=5", headers: [:]).status == 401)
                    let login = try monitor.send("POST", "/login", "key=\(ServedMonitor.key)", headers: [:])
                    let cookie = String((login.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
                    let foreign = try monitor.send(
                        method, path, "note=x", headers: ["Cookie": cookie, "Origin": "https://elsewhere.example"])
                    #expect(foreign.status == 403)
                    #expect(try monitor.ask("GET", path).status == 405)
                    #expect(try monitor.ask("GET", path).headers["Allow"] == "POST, DELETE")
                }
            }
            let login = try monitor.send("POST", "/login", "key=\(ServedMonitor.key)", headers: [:])
            let cookie = String((login.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
            let own = try monitor.send(
                "POST", "/api/health/services/db/note", "note=x",
                headers: ["Cookie": cookie, "Origin": "http://localhost"])
            #expect(try own.json()["note"]?["who"] == "page login")
            for id in ["0x2", "+2", "-2", "%2B2"] {
                #expect(try monitor.send("POST", "/api/health/alerts/\(id)/ack", "").status == 404, "\(id)")
            }
            #expect(try monitor.send("DELETE", "/api/health/status", "").status == 405)
            #expect(try monitor.send("DELETE", "/ping", "").status == 405)
        }
    }
}
