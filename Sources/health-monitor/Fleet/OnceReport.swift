import KeepAliveKit
import KeepAlivePlatform

/// The output and exit code of `--once`. Pure.
struct OnceReport {
    let services: [ServiceStatus]
    /// The channels with a problem.
    var troubles: [ChannelTrouble] = []
    let time: WallTime

    var status: ProbeStatus { services.reduce(.healthy) { ProbeStatus.worse($0, $1.last?.result.status ?? .unknown) } }

    /// The exit code of a Nagios plugin.
    var exitCode: Int32 {
        switch status {
        case .healthy, .maintenance: 0
        case .degraded: 1
        case .unhealthy: 2
        case .unknown: 3
        }
    }

    /// A line per service and a summary line.
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

    /// The status document, with the numbers that scripts extract with `jq`.
    var json: String {
        let document = StatusDocument(services: services, status: status, troubles: troubles, time: time)
        let bytes = JSONWriter.document { json in
            document.append(to: &json)
            FleetNumbers(services).append(to: &json)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
