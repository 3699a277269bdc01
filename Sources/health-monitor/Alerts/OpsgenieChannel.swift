import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Sends to Opsgenie through its Alert API v2.
///
/// Keys: `apiKey` (an API integration's), `region` (`us`, the default, or `eu`) or `url` (another address of the API),
/// `name`.
///
/// All events of one alert share an alias: a repeat adds to the alert's count and the recovery closes it. Opsgenie
/// answers 202 and works later, so a repeated request is harmless.
struct OpsgenieChannel: Channel {
    static let type = "opsgenie"
    let name: String
    private let apiKey: String
    private let url: String

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        apiKey = section.secret("apiKey")
        let region = section.choice("region", ["us", "eu"], default: "us")
        if section.has("region"), section.has("url") {
            section.refuse("region", "there is a url too: give one of them")
        }
        let address = section.webAddress("url", default: Self.address(of: region))
        url = address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    /// The API of a region.
    static func address(of region: String) -> String {
        region == "eu" ? "https://api.eu.opsgenie.com" : "https://api.opsgenie.com"
    }

    var secrets: [String] { [apiKey] }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            if event.kind.isEnd { return try await close(event, with: client) }
            let response = try await client.post(Self.json(event), to: "\(url)/v2/alerts", headers: headers)
            let delivery = Delivery(response, from: "Opsgenie", hiding: secrets)
            // Close a test alert at once, so that it keeps nobody awake.
            guard delivery.isDelivered, event.kind == .test else { return delivery }
            return try await close(event, with: client)
        } catch {
            return Delivery(error, to: "Opsgenie")
        }
    }

    private var headers: [(name: String, value: String)] { [("Authorization", "GenieKey \(apiKey)")] }

    private func close(_ event: AlertEvent, with client: HTTPClient) async throws -> Delivery {
        let note = AlertText(event).summary(limit: 1000)
        let response = try await client.post(
            .object(["source": "health-monitor", "note": .string(note)]),
            to: "\(url)/v2/alerts/\(TemplateEscape.percent(Self.alias(event)))/close?identifierType=alias",
            headers: headers)
        return Delivery(response, from: "Opsgenie", hiding: secrets)
    }

    /// At most 512 characters; in an address a name may triple.
    private static func alias(_ event: AlertEvent) -> String {
        let alert = event.alertKey
        return alert.utf8.count <= 150 ? alert : Digest.hexadecimal(alert)
    }

    /// A message may have 130 characters, a description 15,000, a source 100, an entity 512.
    private static func json(_ event: AlertEvent) -> JSONValue {
        let text = AlertText(event)
        let priority = event.kind == .test ? "P5" : event.severity == .critical ? "P1" : "P3"
        let details = Dictionary(
            text.facts.map { ($0.name, JSONValue.string($0.value)) }, uniquingKeysWith: { first, _ in first })
        return .object([
            "message": .string(text.summary(limit: 130)), "alias": .string(alias(event)),
            "description": .string((text.title + "\n" + text.plain).limited(to: 15_000)),
            "priority": .string(priority), "source": "health-monitor",
            "entity": .string(AlertText.line(event.service).limited(to: 512)),
            "tags": .array([.string(event.severity.rawValue)]), "details": .object(details),
        ])
    }
}
