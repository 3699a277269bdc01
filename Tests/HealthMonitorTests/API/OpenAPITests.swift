import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The API matches its description in both directions.
@Suite(.timeLimit(.minutes(1)))
struct OpenAPITests {
    /// A request and its required status.
    private struct Case: Sendable {
        let method: String
        let path: String
        let template: String
        let status: Int
        var key: String? = ServedMonitor.key
        var body: String?

        init(_ method: String, _ template: String, _ status: Int, _ value: String = "", query: String = "") {
            self.method = method
            self.template = template
            self.status = status
            path = template.replacing(/\{.*\}/, with: value) + query
        }

        func sending(_ body: String) -> Case {
            var copy = self
            copy.body = body
            return copy
        }

        func with(_ key: String?) -> Case {
            var copy = self
            copy.key = key
            return copy
        }
    }

    /// Values that a client may make too long by accident.
    private static let takesText = [
        "/api/health/history", "/api/health/alerts", "/api/health/uptime/{SERVICE}", "/api/health/test/{SERVICE}",
        "/api/push/{TOKEN}", "/api/push/{TOKEN}/{STEP}",
    ]

    private static let calls: [Case] = {
        let health = "/api/health"
        let read = [
            Case("GET", "\(health)/status", 200), Case("GET", "\(health)/history", 200),
            Case("GET", "\(health)/alerts", 200), Case("GET", "\(health)/summary", 200),
            Case("GET", "\(health)/uptime/{SERVICE}", 200, "db"), Case("POST", "\(health)/test/{SERVICE}", 200, "db"),
            Case("GET", "/metrics", 200),
        ]
        let wrong = read.map { Case($0.method, $0.template, 400, "db", query: "?nonsense=1") }
        let nowhere = [
            Case("GET", "\(health)/history", 404, query: "?service=typo"),
            Case("GET", "\(health)/alerts", 404, query: "?service=typo"),
            Case("GET", "\(health)/uptime/{SERVICE}", 404, "typo"),
            Case("POST", "\(health)/test/{SERVICE}", 404, "typo"),
        ]
        let pushes = ["GET", "POST"].flatMap { method in
            [
                Case(method, "/api/push/{TOKEN}", 200, ServedMonitor.token),
                Case(method, "/api/push/{TOKEN}", 400, ServedMonitor.token, query: "?status=x"),
                Case(method, "/api/push/{TOKEN}", 404, "typo"),
                Case(method, "/api/push/{TOKEN}/{STEP}", 200, ServedMonitor.token + "/start"),
                Case(method, "/api/push/{TOKEN}/{STEP}", 400, ServedMonitor.token + "/256"),
                Case(method, "/api/push/{TOKEN}/{STEP}", 404, "typo/start"),
            ]
        }
        let long = "?service=" + String(repeating: "a", count: 2048)
        let tooLong = (read + pushes).filter { $0.status == 200 && takesText.contains($0.template) }
            .map { Case($0.method, $0.template, 414, "a", query: long) }
        let page = [
            Case("GET", "/api/events", 200), Case("GET", "/api/events", 200, query: "?poll=true"),
            Case("GET", "/api/events", 200, query: "?poll=true&html=true").with(nil),
            Case("GET", "/api/events", 400, query: "?html=x"),
            Case("GET", "/api/events", 414, query: "?since=" + String(repeating: "a", count: 2048)),
            Case("GET", "/badge/{SERVICE}.svg", 414, String(repeating: "a", count: 2048)),
            Case("GET", "/api/events", 401).with("wrong"), Case("GET", "/badge/{SERVICE}.svg", 200, "db").with(nil),
            Case("GET", "/badge/{SERVICE}.svg", 400, "db", query: "?nonsense=1"),
            Case("GET", "/badge/{SERVICE}.svg", 401, "db").with("wrong"),
            Case("GET", "/badge/{SERVICE}.svg", 404, "new").with(nil), Case("POST", "/login", 303).with(nil),
            Case("POST", "/login", 400, query: "nonsense=1").with(nil), Case("POST", "/login", 401).with("wrong"),
            Case("POST", "/login", 403).with(nil), Case("POST", "/logout", 303).with(nil),
            Case("POST", "/logout", 403).with(nil),
            Case("GET", "/service", 200, query: "?id=\(FleetService.id(of: "new"))"),
            Case("GET", "/service", 400, query: "?x=1"),
            Case("GET", "/service", 404, query: "?id=x").with(nil), Case("GET", "/service", 401).with("wrong"),
            Case("GET", "/service", 414, query: "?id=" + String(repeating: "a", count: 2048)),
        ]
        let own = ["/", "/health", "/ping", "/livez", "/readyz"].map { Case("GET", $0, 200).with(nil) }
        let fleet = [Case("GET", "/health/services", 503).with(nil)]
        return fleet + read + wrong + nowhere + pushes + tooLong + own + page + marks
            + read.map { Case($0.method, $0.template, 401, "db").with(nil) }
    }()

    /// In this order: what is taken back has to be there.
    private static let marks: [Case] = {
        let (ack, silence) = ("/api/health/alerts/{ID}/ack", "/api/health/silence/{SERVICE}")
        let note = "/api/health/services/{SERVICE}/note"
        return [(ack, "2", "note=why"), (silence, "db", "minutes=60"), (note, "db", "{\"note\": \"why\"}")].flatMap {
            path, value, body in
            [
                Case("POST", path, 200, value).sending(body), Case("DELETE", path, 200, value),
                Case("DELETE", path, 404, value), Case("POST", path, 404, "3").sending(body),
            ]
                + ["POST", "DELETE"].flatMap { method in
                    [
                        Case(method, path, 400, value, query: "?x=1"),
                        Case(method, path, 400, value).sending("nonsense=1"),
                        Case(method, path, 401, value).with(nil),
                    ]
                }
        } + [Case("POST", ack, 409, "1")]
    }()

    /// After so many wrong keys that no further try is allowed.
    private static let lateCalls: [Case] =
        Set(calls.filter { $0.key != nil }.map { "\($0.method) \($0.template)" }).map { name in
            let parts = name.split(separator: " ").map(String.init)
            return Case(parts[0], parts[1], 429, "typo").with("wrong")
        }

    /// With a failing history and an unhealthy monitor.
    private static let failingCalls =
        ["history", "alerts", "summary"].map { Case("GET", "/api/health/\($0)", 503) } + [
            Case("GET", "/api/health/uptime/{SERVICE}", 503, "db"), Case("GET", "/health", 503).with(nil),
            Case("POST", "/api/health/alerts/{ID}/ack", 503, "2"),
            Case("DELETE", "/api/health/alerts/{ID}/ack", 503, "2"), Case("GET", "/readyz", 503).with(nil),
            Case("GET", "/api/events", 503).with(nil),
        ]

    /// With a healthy fleet.
    private static let quietCalls = [Case("GET", "/health/services", 200).with(nil)]

    @Test func everyAnswerIsAsDescribed() async throws {
        let schema = try Schema.load()
        try await ServedMonitor.serve { monitor in
            for call in Self.calls { try Self.check(call, monitor, schema) }
            for path in ["/api/health/status", "/api/push/typo"] {
                for _ in 0..<100 where try monitor.ask("GET", path, key: "wrong").status != 429 {}
            }
            for call in Self.lateCalls { try Self.check(call, monitor, schema) }
        }
        let health = HealthMonitor(unhealthyAfter: .seconds(0))
        try await ServedMonitor.serve(history: FakeHistory { $0.fails = true }, health: health) { monitor in
            let listeners = try (0..<EventStream.mostListeners).map { _ in try monitor.listen("/api/events") }
            defer { for listener in listeners { listener.close() } }
            for call in Self.failingCalls { try Self.check(call, monitor, schema) }
        }
        let quiet = StatusBoard([Target("db", ScriptedProbe([.healthy]), critical: true)])
        try await ServedMonitor.serve(board: quiet) { monitor in
            for call in Self.quietCalls { try Self.check(call, monitor, schema) }
        }
    }

    private static func check(_ call: Case, _ monitor: ServedMonitor, _ schema: Schema) throws {
        var answer = try ask(call, monitor)
        // On a busy machine another try may have become free meanwhile.
        for _ in 0..<100 where call.status == 429 && answer.status != 429 { answer = try ask(call, monitor) }
        let name = "\(call.method) \(call.path)"
        #expect(answer.status == call.status, "\(name): \(answer.text)")
        let operation = schema.document["paths"]?[call.template]?[call.method.lowercased()]
        let response = schema.resolve(operation?["responses"]?["\(answer.status)"])
        let type = String(try #require(answer.headers["Content-Type"]).prefix { $0 != ";" })
        let content = try #require(response?["content"]?[type], "\(name) \(answer.status) \(type)")
        if type == "application/json" {
            #expect(schema.findings(try answer.json(), content["schema"]) == [], "\(name) \(answer.status)")
        }
        for (header, rule) in response?["headers"]?.object ?? [:] where rule["required"] == true {
            #expect(answer.headers[header] != nil, "\(name): no \(header)")
        }
    }

    private static func ask(_ call: Case, _ monitor: ServedMonitor) throws -> RawClient.Response {
        let client = try RawClient(port: monitor.port)
        defer { client.close() }
        switch call.template {
        case "/api/events":
            if call.path.contains("poll") { return try monitor.ask(call.method, call.path, key: call.key) }
            // The body after the head never ends.
            try client.request(call.method, call.path, headers: call.key.map { ["X-API-Key": $0] } ?? [:])
            return try client.readResponse(head: call.status == 200)
        case "/login", "/logout":
            let site: KeyValuePairs = call.status == 403 ? ["Origin": "http://elsewhere"] : [:]
            let query = String(call.path.dropFirst(call.template.count))
            let form = query.isEmpty ? "key=\(call.key ?? ServedMonitor.key)" : query
            try client.request(call.method, call.template, headers: site, body: Array(form.utf8))
            return try client.readResponse()
        default:
            try client.request(
                call.method, call.path, headers: call.key.map { ["X-API-Key": $0] } ?? [:],
                body: call.body.map { Array($0.utf8) })
            return try client.readResponse()
        }
    }

    /// The calls above cover everything described.
    @Test func nothingMoreIsDescribed() throws {
        let paths = try #require(try Schema.load().document["paths"]?.object)
        let described = paths.flatMap { path, item in
            ["get", "post", "put", "delete", "patch", "head"].flatMap { method in
                (item[method]?["responses"]?.object ?? [:]).keys.map { "\(method.uppercased()) \(path) \($0)" }
            }
        }
        let called = (Self.calls + Self.lateCalls + Self.failingCalls + Self.quietCalls).map {
            "\($0.method) \($0.template) \($0.status)"
        }
        #expect(Set(described).symmetricDifference(called).sorted() == [])
    }

    /// The limits in the description are the real ones.
    @Test func parametersAreAsDescribed() async throws {
        let schema = try Schema.load()
        try await ServedMonitor.serve { monitor in
            for (path, item) in schema.document["paths"]?.object ?? [:] where path.hasPrefix("/api/health") {
                let target = path.replacing(/\{.*\}/, with: "db")
                for parameter in item["get"]?["parameters"]?.array ?? [] {
                    let parameter = try #require(schema.resolve(parameter))
                    let name = try #require(parameter["name"]?.string)
                    let rule = try #require(parameter["schema"])
                    let least = rule["minimum"]?.integer
                    let most = rule["maximum"]?.integer
                    let words = rule["enum"]?.array?.compactMap(\.string) ?? []
                    let good = words + [least, most].compactMap { $0.map(String.init) }
                    let bad = [least.map { "\($0 - 1)" }, most.map { "\($0 + 1)" }].compactMap(\.self) + [""]
                    for (values, status) in [(good, 200), (bad, 400)] {
                        for value in values {
                            let answer = try monitor.ask("GET", "\(target)?\(name)=\(value)")
                            #expect(answer.status == status, "\(target)?\(name)=\(value)")
                        }
                    }
                }
            }
        }
    }
}
