import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Sends to PagerDuty through its Events API v2.
///
/// Keys: `routingKey` (an integration's, 32 characters), `url` (default `https://events.pagerduty.com/v2/enqueue`; its
/// European region has another), `name`.
///
/// All events of one alert share a `dedup_key`: a repeat adds to the incident and the recovery resolves it.
struct PagerDutyChannel: Channel {
    static let type = "pagerduty"
    let name: String
    private let routingKey: String
    private let url: String

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        routingKey = section.secret("routingKey")
        if !routingKey.isEmpty, routingKey.utf8.count != 32 {
            section.refuse("routingKey", "it has \(routingKey.utf8.count) characters: an integration key has 32")
        }
        url = section.webAddress("url", default: "https://events.pagerduty.com/v2/enqueue")
    }

    var secrets: [String] { [routingKey] }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            let opening = try await client.post(json(event, resolves: event.kind.isEnd), to: url)
            let delivery = Delivery(opening, from: "PagerDuty", hiding: secrets)
            // Resolve a test alert at once, so that it keeps nobody awake.
            guard delivery.isDelivered, event.kind == .test else { return delivery }
            let closing = try await client.post(json(event, resolves: true), to: url)
            return Delivery(closing, from: "PagerDuty", hiding: secrets)
        } catch {
            return Delivery(error, to: "PagerDuty")
        }
    }

    /// A summary may have 1,024 characters, a dedup_key 255.
    private func json(_ event: AlertEvent, resolves: Bool) -> JSONValue {
        let alert = event.alertKey
        var body: [String: JSONValue] = [
            "routing_key": .string(routingKey), "event_action": .string(resolves ? "resolve" : "trigger"),
            "dedup_key": .string(alert.utf8.count <= 255 ? alert : Digest.hexadecimal(alert)),
        ]
        guard !resolves else { return .object(body) }
        let text = AlertText(event)
        let isTest = event.kind == .test
        body["payload"] = .object([
            "summary": .string(text.summary(limit: 1024)),
            "source": .string(AlertText.line(event.service).limited(to: 255)),
            "severity": .string(isTest ? "info" : event.severity.rawValue),
            "timestamp": .string(WallTime(microseconds: event.triggeredAt).iso8601),
            "component": .string(AlertText.line(event.service).limited(to: 255)),
            "class": .string(event.kind.rawValue),
            "custom_details": .object(
                Dictionary(text.facts.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { first, _ in first })),
        ])
        body["client"] = .string("health-monitor")
        return .object(body)
    }
}
