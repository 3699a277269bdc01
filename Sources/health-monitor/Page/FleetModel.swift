import KeepAliveKit
import KeepAlivePlatform

/// All that the page shows, as values. Pure: who may not see something gets a model without it, so that no page can show
/// it by mistake.
struct FleetModel: Sendable {
    var visitor = PageVisitor()
    var viewer: Viewer { visitor.viewer }
    /// Changes with each run of the monitor and with what the viewer may see: a page of another edition is reloaded.
    var edition = ""
    /// What the page has seen, as the id of an event.
    var since = ""
    var version = ""
    var time = WallTime.now()
    var services: [FleetService] = []
    /// The newest first.
    var incidents: [Incident] = []
    /// Why uptimes and incidents are missing; nil where they are not.
    var gap: String?
    /// What is wrong with channels, for insiders.
    var troubles: [ChannelTrouble] = []
    /// Whether this is the page of one service, with all that is known of it.
    var isOfOne = false

    static let days = 90
    /// From so many services on, groups in which all is well are closed at first.
    static let many = 20

    /// The worst of all; nil where nothing is watched.
    var status: ProbeStatus? {
        services.isEmpty ? nil : services.reduce(.healthy) { ProbeStatus.worse($0, $1.status) }
    }

    func count(_ status: ProbeStatus) -> Int { services.count { $0.status == status } }

    struct Group: Sendable {
        /// The services that nobody has put into a group are one too.
        let name: String?
        /// The first in the configuration's order, which stays when states change.
        let order: Int
        let services: [FleetService]
    }

    /// The services by group, the groups and their services by trouble, and then as the configuration has them.
    var groups: [Group] {
        var byName: [String?: [FleetService]] = [:]
        for service in services { byName[service.group, default: []].append(service) }
        let groups = byName.map { name, services in
            Group(
                name: name, order: services.map(\.order).min() ?? 0,
                services: services.sorted { ($0.status.rank, $0.order) < ($1.status.rank, $1.order) })
        }
        return groups.sorted { ($0.rank, $0.order) < ($1.rank, $1.order) }
    }
}

extension FleetModel.Group {
    var rank: Int { services.first?.status.rank ?? ProbeStatus.healthy.rank }

    /// How many are in which state, the worst first.
    var counts: [(status: ProbeStatus, count: Int)] {
        ProbeStatus.byTrouble.compactMap { status in
            let count = services.count { $0.status == status }
            return count == 0 ? nil : (status, count)
        }
    }
}

/// One service on the page.
struct FleetService: Sendable, Equatable {
    /// Its place in the configuration, which names it on the page.
    var order: Int
    /// Names it in addresses: names can be longer than an address, and proxies stumble over some.
    var id: String
    var name: String
    var group: String?
    var status: ProbeStatus
    /// Failures that are expected, or explained by something else.
    var isSilenced = false
    /// From the oldest day to today; nil where nothing is known of a day.
    var days: [Uptime?] = []
    /// What only insiders see.
    var details: Details?

    struct Details: Sendable, Equatable {
        var type: String
        var address: String
        var isCritical = false
        var message: String
        var responseMilliseconds: Double?
        var lastCheck: WallTime?
        var failures = 0
        var silence: String?
        /// `disk full in about 3 days`
        var forecast: String?
        var checks: [ProbeResult.SubCheck] = []
        /// Only on the page of the service: a page of hundreds would be megabytes.
        var responses: ResponseLine?
    }

    /// Of all the days; nil where nothing is known.
    var uptime: Uptime {
        days.reduce(into: Uptime()) { sum, day in
            if let day { sum.add(day) }
        }
    }
}

/// An alert on the page.
struct Incident: Sendable, Equatable {
    let service: String
    let severity: Severity
    /// What only insiders see.
    let message: String?
    /// ISO 8601.
    let began: String
    let ended: String?
    /// The oldest first. Insiders see which channels took it, and what was repeated.
    var steps: [AlertStep] = []
}

extension ProbeStatus {
    static let byTrouble: [ProbeStatus] = [.unhealthy, .degraded, .unknown, .maintenance, .healthy]

    /// The worst first.
    var rank: Int {
        switch self {
        case .unhealthy: 0
        case .degraded: 1
        case .unknown: 2
        case .maintenance: 3
        case .healthy: 4
        }
    }

    /// As people call it.
    var word: String {
        switch self {
        case .healthy: "up"
        case .degraded: "degraded"
        case .unhealthy: "down"
        case .unknown: "unknown"
        case .maintenance: "maintenance"
        }
    }
}
