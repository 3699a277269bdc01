import KeepAliveKit
import KeepAlivePlatform

/// The changes, as an event reports them.
struct FleetUpdate: Sendable {
    let revision: UInt64
    /// Everything that the viewer may see, without the history.
    let all: FleetModel
    let changed: [FleetService]
    /// The changed services in the API's form, for insiders only.
    let statuses: [ServiceStatus]
    /// Whether the incidents have changed too.
    let hasIncidents: Bool

    /// For programs: JSON values.
    var data: [UInt8] {
        JSONWriter.document { json in
            appendHead(to: &json)
            json.object("counts") { json in
                json.field("total", all.services.count)
                for status in ProbeStatus.allCases { json.field(status.field, all.count(status)) }
            }
            if all.viewer == .insider {
                let document = StatusDocument(services: statuses, status: all.status ?? .unknown, time: all.time)
                json.array("services", document.services) { json, service in json.object(nil, service.append) }
            } else {
                json.array("services", changed) { json, service in
                    json.object { json in
                        json.field("name", service.name)
                        json.field("group", service.group)
                        json.field("status", service.status.rawValue)
                    }
                }
            }
        }
    }

    /// For the page: HTML parts.
    var htmlData: [UInt8] {
        JSONWriter.document { json in
            appendHead(to: &json)
            json.field("html", FleetPage.changes(all, changed, hasIncidents: hasIncidents).text)
        }
    }

    private func appendHead(to json: inout JSONWriter) {
        json.field("timestamp", all.time)
        json.field("id", all.since)
        json.field("edition", all.edition)
        json.field("status", (all.status ?? .unknown).rawValue)
    }
}

extension ProbeStatus {
    fileprivate var field: StaticString {
        switch self {
        case .healthy: "healthy"
        case .degraded: "degraded"
        case .unhealthy: "unhealthy"
        case .unknown: "unknown"
        case .maintenance: "maintenance"
        }
    }
}
