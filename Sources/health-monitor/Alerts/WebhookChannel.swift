import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Posts JSON to any server, or what its `template` says; each attempt to send an event carries an identical
/// `Idempotency-Key`.
///
/// Keys: `url`, `headers` (an object of header fields; their values are secrets), `template`, `name`.
struct WebhookChannel: Channel {
    static let type = "webhook"
    let name: String
    private let url: String
    private let headers: [(name: String, value: String)]
    private let template: WebhookTemplate?
    /// The address with placeholders.
    private let address: Template?

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        template = WebhookTemplate(reading: section)
        headers = section.fields("headers", reserved: ["content-type", "idempotency-key"])
        if template != nil, let text = section.optionalString("url"), text.contains("{{") {
            url = text
            address = section.template(text, "url")
            if let address { section.checkWebAddress(address.filled(.trial, TemplateEscape.percent), "url") }
        } else {
            url = section.webAddress("url")
            address = nil
            if !section.has("template"), Self.hasPlaceholders(url) {
                section.refuse("url", "placeholders need template: add it, or remove the placeholder")
            }
        }
        for (name, value) in headers {
            if Self.hasPlaceholders(value) {
                section.refuse(
                    "headers.\(name)", "it is sent as it is: move a field with placeholders to template.headers")
            }
            if template?.sets(name) == true {
                section.refuse("headers.\(name)", "template.headers has this field too: keep one of them")
            }
        }
    }

    private static func hasPlaceholders(_ text: String) -> Bool { (try? Template(text))?.hasPlaceholders ?? false }

    var secrets: [String] {
        // "Bearer x": the second word is a secret by itself.
        headers.flatMap { [$0.value] + $0.value.split(separator: " ").dropFirst().map(String.init) }
            + WebAddress.secrets(url).dropFirst() + (template?.secrets ?? [])
    }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            let response: HTTPClientResponse
            if let template {
                let values = TemplateValues(event, key: key)
                var request = template.request(
                    values, to: address?.filled(values, TemplateEscape.percent) ?? url, key: key, more: headers)
                request.keepsPath = address != nil
                response = try await client.send(request)
            } else {
                response = try await client.post(
                    Self.json(event, key: key), to: url, headers: headers + [("Idempotency-Key", key)])
            }
            return Delivery(response, from: "the webhook", hiding: secrets)
        } catch {
            return Delivery(error, to: "the webhook")
        }
    }

    static func json(_ event: AlertEvent, key: String) -> JSONValue {
        let text = AlertText(event)
        var values: [String: JSONValue] = [
            "id": .string(key), "alert_id": .string(event.alertKey), "event": .string(event.kind.rawValue),
            "service": .string(event.service), "severity": .string(event.severity.rawValue),
            "status": .string(event.kind.isEnd ? "resolved" : "active"), "title": .string(text.title),
            // The field that Slack's webhooks, and many made like them, display.
            "text": .string(text.summary(limit: 1000)), "message": .string(event.message),
            "triggered_at": .string(WallTime(microseconds: event.triggeredAt).iso8601),
            "happened_at": .string(WallTime(microseconds: event.happenedAt).iso8601),
        ]
        if let failures = event.failures { values["failed_checks"] = .integer(Int64(failures)) }
        return .object(values)
    }
}
