import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport

@testable import KeepAliveHealthMonitor

/// Helpers for tests of channels.
enum ChannelScene {
    /// 2026-01-19T16:07:27.5Z, in microseconds.
    static let time: Int64 = 1_768_838_847_500_000

    static func event(
        _ kind: AlertEvent.Kind = .opened, service: String = "casino", severity: Severity = .critical,
        message: String = "connection refused", failures: Int? = 3, triggered: Int64 = time, after: Int64 = 0
    ) -> AlertEvent {
        AlertEvent(
            kind: kind, service: service, severity: severity, message: message, triggeredAt: triggered,
            happenedAt: triggered + after * 1_000_000, failures: failures)
    }

    /// The channel that a section describes, and its errors.
    static func channel(_ json: String) throws -> (channel: (any Channel)?, findings: [String]) {
        guard case .object(let values) = try JSONValue.readingJSON5(Array(json.utf8)).value else {
            return (nil, ["no object"])
        }
        let section = ConfigurationSection(values)
        return (makeChannel(reading: section), section.findings.all)
    }

    /// Sends one event through the channel that a section describes.
    static func send(_ event: AlertEvent, by json: String, key: String = "0123456789abcdef01234567") async throws
        -> Delivery
    {
        let made = try channel(json)
        guard let channel = made.channel, made.findings.isEmpty else {
            return .refused(reason: made.findings.joined(separator: "; "))
        }
        let client = HTTPClient()
        let delivery = await channel.send(event, key: key, with: client)
        await client.shutDown()
        return delivery
    }
}
