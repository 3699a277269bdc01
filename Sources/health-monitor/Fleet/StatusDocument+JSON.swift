import KeepAliveKit
import KeepAlivePlatform

extension StatusDocument {
    /// The document for `GET /api/health/status`.
    var answer: [UInt8] { JSONWriter.document { append(to: &$0) } }

    func append(to json: inout JSONWriter) {
        json.field("timestamp", timestamp)
        json.field("status", status.rawValue)
        json.object("counts") { json in
            json.field("total", services.count)
            appendCounts(to: &json)
        }
        json.array("services", services) { json, service in
            json.object { json in
                service.append(to: &json)
                let uptime = uptimes[service.name]
                json.field("uptime_percent_24h", uptime?.day)
                json.field("uptime_percent_30d", uptime?.month)
                json.field("uptime_percent_90d", uptime?.quarter)
            }
        }
        json.array("channel_troubles", troubles) { json, trouble in
            json.object { json in
                json.field("channel", trouble.channel)
                json.field("takes_alerts", trouble.isDelivering)
                json.field("message", trouble.reason)
            }
        }
        if let roll { roll.append(to: &json) }
    }

    /// The number of services in each state.
    func appendCounts(to json: inout JSONWriter) {
        json.field("healthy", counts["healthy"] ?? 0)
        json.field("degraded", counts["degraded"] ?? 0)
        json.field("unhealthy", counts["unhealthy"] ?? 0)
        json.field("unknown", counts["unknown"] ?? 0)
        json.field("maintenance", counts["maintenance"] ?? 0)
    }
}

extension StatusDocument.Service {
    func append(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("type", type)
        json.field("group", group)
        json.field("critical", critical)
        json.field("status", status.rawValue)
        json.field("message", message)
        json.field("report", report)
        json.field("response_time_ms", responseTimeMilliseconds)
        json.array("checks", checks) { json, check in json.object(nil, check.append) }
        json.field("last_check", lastCheck)
        json.field("consecutive_failures", consecutiveFailures)
        if let alert {
            json.object("alert") { json in
                json.field("severity", alert.severity.rawValue)
                json.field("since", alert.since)
            }
        } else {
            json.field("alert", nil as String?)
        }
        json.field("acknowledged", acknowledged)
        json.field("silenced", silenced)
        json.field("note", note)
        json.field("suppressed", suppressed)
        json.field("maintenance_until", maintenanceUntil)
        if let forecast {
            json.object("forecast") { json in
                json.field("check", forecast.check)
                json.field("limit", forecast.limit)
                json.field("seconds", forecast.seconds.rounded())
                json.field("text", forecast.text)
            }
        } else {
            json.field("forecast", nil as String?)
        }
        json.field("next_due", nextDue)
        guard !views.isEmpty else { return }
        json.array("vantages", views.sorted { $0.vantage < $1.vantage }) { json, view in
            json.object(nil, view.append)
        }
    }
}

extension VantageView {
    fileprivate func append(to json: inout JSONWriter) {
        json.field("vantage", vantage)
        json.field("says", says.rawValue)
        json.field("status", status.rawValue)
        json.field("message", message)
        json.field("consecutive_failures", failures)
        json.field("response_time_ms", responseTime.map { Double($0.microseconds) / 1000 })
        json.field("since", WallTime(microseconds: since))
        json.field("last_check", WallTime(microseconds: checkedAt))
        json.field("fresh", isFresh)
    }
}

extension VantageRoll {
    fileprivate func append(to json: inout JSONWriter) {
        json.field("vantage", own)
        json.field("leader", leader)
        json.field("leader_since", leader == nil ? nil : since)
        json.array("vantages", beats) { json, beat in
            json.object { json in
                json.field("vantage", beat.name)
                json.field("host", beat.host)
                json.field("state", beat.state.rawValue)
                json.field("last_seen_seconds", beat.age.seconds)
            }
        }
    }
}

extension ProbeResult.SubCheck {
    fileprivate func append(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("status", status.rawValue)
        json.field("message", message)
        json.field("value", value)
    }
}

extension ProbeResult {
    /// The result for `POST /api/health/test/SERVICE`.
    func answer(for service: String, at time: WallTime) -> [UInt8] {
        JSONWriter.document { json in
            json.field("service", service)
            json.field("status", status.rawValue)
            json.field("message", message)
            json.field("response_time_ms", responseTime.map { Double($0.microseconds) / 1000 })
            json.array("checks", checks) { json, check in json.object(nil, check.append) }
            json.field("timestamp", time)
        }
    }
}

extension JSONWriter {
    /// A mark: who, when, until, note; null without one.
    mutating func field(_ name: StaticString, _ mark: ServiceMarks.Mark?) {
        guard let mark else { return field(name, nil as String?) }
        object(name) { json in
            json.field("who", mark.who)
            json.field("when", WallTime(microseconds: mark.when))
            json.field("until", mark.until.map { WallTime(microseconds: $0).iso8601 })
            json.field("note", mark.note)
        }
    }
}
