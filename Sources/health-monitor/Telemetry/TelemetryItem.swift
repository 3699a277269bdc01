import KeepAliveKit
import KeepAlivePlatform

/// A metric or event for Application Insights. Pure.
struct TelemetryItem: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case metric(Double)
        case event
    }

    let name: String
    let content: Content
    let properties: [String: String]
    let time: WallTime

    /// The items for one check.
    static func items(of record: CheckRecord, _ events: [AlertEvent], _ target: Target) -> [TelemetryItem] {
        var properties = ["service": target.name, "type": target.type]
        properties["group"] = target.group
        var items: [TelemetryItem] = []
        func add(_ name: String, _ value: Double?) {
            guard let value, value.isFinite else { return }
            items.append(
                TelemetryItem(name: name, content: .metric(value), properties: properties, time: record.time))
        }
        func value(_ check: String) -> Double? { record.result.checks.first { $0.name == check }?.value }
        add("health.disk_usage", value("disk.used_percent"))
        add("health.memory_usage", value("memory.used_percent"))
        add("health.heartbeat_age", value("heartbeat.age"))
        add("health.crash_count", value("restarts"))
        // A full disk does not mean that a service has stopped.
        if !["disk", "memory", "log"].contains(target.type), ![.unknown, .maintenance].contains(record.result.status) {
            add("health.service_active", record.result.status == .unhealthy ? 0 : 1)
        }
        // Each opening and escalation once, so that counting events counts outages.
        for event in events where [.opened, .escalated, .flapping].contains(event.kind) {
            var properties = properties
            properties["message"] = event.message
            properties["kind"] = event.kind.rawValue
            items.append(
                TelemetryItem(
                    name: event.severity == .critical ? "health_critical" : "health_warning", content: .event,
                    properties: properties, time: record.time))
        }
        return items
    }

    /// The envelope of API version 2.1, as Azure's own exporters write it. Values are cut to the service's limits,
    /// because it rejects longer ones.
    func envelope(_ context: Context) -> JSONValue {
        var data: [String: JSONValue] = [
            "ver": 2, "properties": .object(properties.mapValues { .string($0.limited(to: 8192)) }),
        ]
        let kind: String
        switch content {
        case .metric(let value):
            kind = "Metric"
            data["metrics"] = .array([
                .object(["name": .string(name), "kind": "Measurement", "value": .number(value), "count": 1])
            ])
        case .event:
            kind = "Event"
            data["name"] = .string(name)
        }
        return .object([
            "ver": 1, "name": .string("Microsoft.ApplicationInsights.\(kind)"), "time": .string(time.iso8601),
            "sampleRate": 100, "iKey": .string(context.instrumentationKey),
            "tags": .object([
                "ai.cloud.role": "health-monitor", "ai.cloud.roleInstance": .string(context.host.limited(to: 256)),
                "ai.internal.sdkVersion": .string("keepalivekit:\(context.version)".limited(to: 64)),
            ]),
            "data": .object(["baseType": .string("\(kind)Data"), "baseData": .object(data)]),
        ])
    }

    /// Values that all items of one monitor share.
    struct Context: Sendable {
        let instrumentationKey: String
        let host: String
        let version: String
    }
}
