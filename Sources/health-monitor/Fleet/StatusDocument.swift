import KeepAliveKit
import KeepAlivePlatform

/// The state of all services, for `--once --json` and the API.
struct StatusDocument {
    let status: ProbeStatus
    let timestamp: String
    let counts: [String: Int]
    let services: [Service]
    let troubles: [ChannelTrouble]
    /// By service; empty if the history is not read.
    var uptimes: [String: UptimeShares] = [:]
    /// The monitors that share the history; nil for a single one.
    var roll: VantageRoll?

    struct Service {
        let name: String
        let type: String
        let group: String?
        let critical: Bool
        let status: ProbeStatus
        let message: String
        let report: String?
        let responseTimeMilliseconds: Double?
        let checks: [ProbeResult.SubCheck]
        let lastCheck: String?
        let consecutiveFailures: Int
        let alert: Alert?
        let acknowledged: ServiceMarks.Mark?
        let silenced: ServiceMarks.Mark?
        let note: ServiceMarks.Mark?
        /// Why its failures open no alert now: maintenance, or a dependency.
        let suppressed: String?
        let maintenanceUntil: String?
        let forecast: Forecast?
        let nextDue: String?
        /// How each vantage sees it; empty for a single monitor.
        var views: [VantageView] = []
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
        self.services = services.map { Service($0, at: time) }
    }
}

extension StatusDocument.Service {
    init(_ service: ServiceStatus, at time: WallTime) {
        let result = service.last?.result
        let suppressed: String? =
            switch service.silence {
            case .maintenance: "maintenance"
            case .dependency(let name): "dependency \(name)"
            case nil: nil
            }
        self.init(
            name: service.target.name, type: service.target.type, group: service.target.group,
            critical: service.target.isCritical, status: result?.status ?? .unknown,
            message: result?.message ?? "not checked yet", report: result?.report,
            responseTimeMilliseconds: result?.responseTime.map { Double($0.microseconds) / 1000 },
            checks: result?.checks ?? [], lastCheck: service.last?.time.iso8601,
            consecutiveFailures: service.state.failures,
            alert: service.state.alert.map {
                .init(severity: $0.severity, since: WallTime(microseconds: $0.openedAt).iso8601)
            },
            acknowledged: service.marks.acknowledgement(ofAlertAt: service.state.alert?.openedAt),
            silenced: service.marks.silence(at: time.microseconds), note: service.marks.noted,
            suppressed: suppressed, maintenanceUntil: service.maintenanceEnd?.iso8601,
            forecast: service.forecast, nextDue: result?.nextDue?.iso8601, views: service.views)
    }
}
