import KeepAliveKit

/// What `--once` prints and ends with. Pure.
struct OnceReport {
    let services: [ServiceStatus]
    /// The channels with something wrong.
    var troubles: [ChannelTrouble] = []
    let time: WallTime

    var status: ProbeStatus { services.reduce(.healthy) { ProbeStatus.worse($0, $1.last?.result.status ?? .unknown) } }

    /// As a Nagios plugin ends.
    var exitCode: Int32 {
        switch status {
        case .healthy, .maintenance: 0
        case .degraded: 1
        case .unhealthy: 2
        case .unknown: 3
        }
    }

    /// A line for each service, and one for all.
    var text: String {
        let width = min(40, services.map(\.target.name.count).max() ?? 0)
        let statuses = services.map { $0.last?.result.status ?? .unknown }
        let column = max(9, statuses.map(\.rawValue.count).max() ?? 0)
        let lines = services.map { service in
            let name = service.target.name
            let status = service.last?.result.status ?? .unknown
            let gap = String(repeating: " ", count: max(0, width - name.count))
            let word = status.rawValue + String(repeating: " ", count: column - status.rawValue.count)
            let message = service.last?.result.message ?? "was not checked"
            let ahead = service.forecast.map { message.isEmpty ? $0.text : "; \($0.text)" } ?? ""
            return "\(word)  \(name)\(gap)  \(message)\(ahead)\n"
        }
        let channels = troubles.map { "\($0.sentence)\n" }
        return lines.joined() + channels.joined() + "\(services.count.counted("service")): \(status.rawValue)\n"
    }

    /// The status document, and beside it the numbers that scripts take out with `jq`.
    var json: String {
        let document = StatusDocument(services: services, status: status, troubles: troubles, time: time)
        let bytes = JSONWriter.document { json in
            document.append(to: &json)
            FleetNumbers(services).append(to: &json)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The state of all services, as `--once --json` prints it and the API gives it.
struct StatusDocument {
    let status: ProbeStatus
    let timestamp: String
    let counts: [String: Int]
    let services: [Service]
    let troubles: [ChannelTrouble]
    /// By service; none where the history is not read.
    var uptimes: [String: UptimeShares] = [:]

    struct Service {
        let name: String
        let type: String
        let group: String?
        let critical: Bool
        let status: ProbeStatus
        let message: String
        let responseTimeMilliseconds: Double?
        let checks: [ProbeResult.SubCheck]
        let lastCheck: String?
        let consecutiveFailures: Int
        let alert: Alert?
        let silenced: String?
        let forecast: Forecast?
    }

    struct Alert {
        let severity: Severity
        let since: String
    }

    init(services: [ServiceStatus], status: ProbeStatus, troubles: [ChannelTrouble] = [], time: WallTime) {
        self.status = status
        self.troubles = troubles
        timestamp = time.iso8601
        var counts = Dictionary(uniqueKeysWithValues: ProbeStatus.allCases.map { ($0.rawValue, 0) })
        for service in services { counts[(service.last?.result.status ?? .unknown).rawValue, default: 0] += 1 }
        self.counts = counts
        self.services = services.map(Service.init)
    }
}

extension StatusDocument.Service {
    init(_ service: ServiceStatus) {
        let result = service.last?.result
        let silenced: String? =
            switch service.silence {
            case .maintenance: "maintenance"
            case .dependency(let name): "dependency \(name)"
            case nil: nil
            }
        self.init(
            name: service.target.name, type: service.target.type, group: service.target.group,
            critical: service.target.isCritical, status: result?.status ?? .unknown,
            message: result?.message ?? "was not checked yet",
            responseTimeMilliseconds: result?.responseTime.map { Double($0.microseconds) / 1000 },
            checks: result?.checks ?? [], lastCheck: service.last?.time.iso8601,
            consecutiveFailures: service.state.failures,
            alert: service.state.alert.map {
                .init(severity: $0.severity, since: WallTime(microseconds: $0.openedAt).iso8601)
            },
            silenced: silenced, forecast: service.forecast)
    }
}
