import KeepAliveTestSupport

/// Accepts telemetry like Application Insights, and checks each envelope.
struct FakeInsights {
    static let key = "00112233-4455-6677-8899-aabbccddeeff"

    let server: PeerServer

    /// - Parameter answer: the answer to the n-th request, counted from 1; nil accepts everything.
    init(_ answer: @escaping @Sendable (Int, PeerServer.Request) -> PeerServer.Answer? = { _, _ in nil }) throws {
        let count = EventLog<Void>()
        server = try PeerServer { request in
            count.append(())
            if let answer = answer(count.count, request) { return answer }
            let items = request.json.array?.count ?? 0
            return .status(
                200, headers: ["Content-Type": "application/json"],
                body: "{\"itemsReceived\":\(items),\"itemsAccepted\":\(items),\"errors\":[]}")
        }
    }

    var connection: String { "InstrumentationKey=\(Self.key);IngestionEndpoint=\(server.url)/" }

    /// The envelopes of a request.
    static func envelopes(_ request: PeerServer.Request) -> [JSON] { request.json.array ?? [] }

    /// The name of an envelope's metric or event.
    static func name(_ envelope: JSON) -> String {
        let data = envelope["data"]?["baseData"]
        return data?["metrics"]?[0]?["name"]?.string ?? data?["name"]?.string ?? ""
    }

    static func findings(_ request: PeerServer.Request) -> [String] {
        var findings: [String] = []
        func demand(_ isMet: Bool, _ words: String) { if !isMet { findings.append(words) } }
        demand(request.method == "POST" && request.target == "/v2.1/track", "\(request.method) \(request.target)")
        demand(request.headers["Content-Type"] == "application/json", "content type")
        let envelopes = envelopes(request)
        demand((1...100).contains(envelopes.count), "\(envelopes.count) envelopes")
        for envelope in envelopes {
            let place = "\(envelope)"
            demand(envelope["ver"] == 1 && envelope["sampleRate"] == 100, "version of \(place)")
            demand(envelope["iKey"]?.string == key, "key of \(place)")
            let time = envelope["time"]?.string ?? ""
            demand(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil, "time of \(place)")
            let tags = envelope["tags"]
            demand(tags?["ai.cloud.role"]?.string == "health-monitor", "role of \(place)")
            demand(tags?["ai.cloud.roleInstance"]?.string?.isEmpty == false, "instance of \(place)")
            demand(tags?["ai.internal.sdkVersion"]?.string?.isEmpty == false, "version of \(place)")
            let data = envelope["data"]?["baseData"]
            demand(data?["ver"] == 2, "data's version of \(place)")
            for (name, value) in data?["properties"]?.object ?? [:] {
                demand(name.utf16.count <= 150 && (value.string?.utf16.count ?? .max) <= 8192, "property of \(place)")
            }
            switch envelope["data"]?["baseType"]?.string {
            case "MetricData":
                demand(envelope["name"] == "Microsoft.ApplicationInsights.Metric", "name of \(place)")
                let metrics = data?["metrics"]?.array ?? []
                demand(metrics.count == 1 && metrics[0]["value"]?.double != nil, "metric of \(place)")
                demand(metrics.first?["kind"] == "Measurement" && metrics.first?["count"] == 1, "kind of \(place)")
                demand(
                    [
                        "health.disk_usage", "health.memory_usage", "health.heartbeat_age", "health.crash_count",
                        "health.service_active",
                    ].contains(Self.name(envelope)), "metric's name of \(place)")
            case "EventData":
                demand(envelope["name"] == "Microsoft.ApplicationInsights.Event", "name of \(place)")
                demand(["health_critical", "health_warning"].contains(Self.name(envelope)), "event of \(place)")
            default: findings.append("type of \(place)")
            }
        }
        return findings
    }
}
