import KeepAliveKit
import KeepAlivePlatform

/// All values that the page shows. Pure: a viewer without access to a value gets a model without it, so no page can
/// show it by mistake.
struct FleetModel: Sendable {
    var visitor = PageVisitor()
    var viewer: Viewer { visitor.viewer }
    /// Changes with each run of the monitor and with the viewer's access: the browser reloads a page of another
    /// edition.
    var edition = ""
    /// The state that the page has seen, as an event's id.
    var since = ""
    var version = ""
    var time = WallTime.now()
    var services: [FleetService] = []
    /// The newest first.
    var incidents: [Incident] = []
    /// Why uptimes and incidents are missing; nil if they are present.
    var gap: String?
    /// The channels' problems, for insiders.
    var troubles: [ChannelTrouble] = []
    /// The monitors that share the history, for insiders; nil for a single one.
    var roll: VantageRoll?
    var settings = PageSettings()
    /// Whether this is the page of one service, with all its details.
    var isOfOne = false

    static let days = 90
    /// From this many services on, groups start closed.
    static let many = 100

    /// The worst status of all; nil without services.
    var status: ProbeStatus? {
        services.isEmpty ? nil : services.reduce(.healthy) { ProbeStatus.worse($0, $1.status) }
    }

    var filter: PageFilter { visitor.filter }
    var isWall: Bool { filter.view == .wall && !isOfOne }

    /// Whether the address asks for this service too.
    func shows(_ service: FleetService) -> Bool {
        filter.shows(service.status, [service.name, service.group, service.status.word])
    }

    func count(_ status: ProbeStatus) -> Int { services.count { $0.status == status } }

    struct Group: Sendable {
        /// Nil for the services without a group.
        let name: String?
        /// The place of its first service in the configuration; it stays when states change.
        let order: Int
        let services: [FleetService]
    }

    /// The services by group, as configured: a place does not move when states change.
    var groups: [Group] {
        var byOrder: [Int: [FleetService]] = [:]
        for service in services { byOrder[service.groupOrder, default: []].append(service) }
        return byOrder.sorted { $0.key < $1.key }.map { order, services in
            Group(name: services.first?.group, order: order, services: services)
        }
    }

    /// The services in trouble, the worst first.
    var attention: [FleetService] { services.filter(\.needsAttention).sorted(by: Self.isWorse) }
    /// All services, the worst first.
    var byTrouble: [FleetService] { services.sorted(by: Self.isWorse) }

    private static func isWorse(_ one: FleetService, _ other: FleetService) -> Bool {
        (one.status.rank, one.order) < (other.status.rank, other.order)
    }
}

extension FleetModel.Group {
    /// The number of services in each state, the worst first.
    var counts: [(status: ProbeStatus, count: Int)] {
        ProbeStatus.byTrouble.compactMap { status in
            let count = services.count { $0.status == status }
            return count == 0 ? nil : (status, count)
        }
    }
}

/// One service on the page.
struct FleetService: Sendable, Equatable {
    /// Its index in the configuration, which identifies it on the page.
    var order: Int
    /// Its id in addresses: names can be too long for an address, and proxies break some of them.
    var id: String
    var name: String
    var group: String?
    var status: ProbeStatus
    /// The place of its group on the page.
    var groupOrder = 0
    /// Since when its trouble lasts, and when its status last changed; nil if unknown.
    var since: WallTime?
    var changed: WallTime?
    var maintenanceEnd: WallTime?
    /// False before its first check.
    var isChecked = true
    /// Whether failures are expected, or explained by a dependency.
    var isSilenced = false
    /// From the oldest day to today; nil for days without data.
    var days: [Uptime?] = []
    /// Details for insiders only.
    var details: Details?

    struct Details: Sendable, Equatable {
        var type: String
        var address: String
        var isCritical = false
        var message: String
        /// All that the service reported, if the message is only its beginning.
        var report: String?
        var responseMilliseconds: Double?
        var lastCheck: WallTime?
        /// When a scheduled job calls in next.
        var nextDue: WallTime?
        var failures = 0
        var silence: String?
        /// `disk full in about 3 days`
        var forecast: String?
        var checks: [ProbeResult.SubCheck] = []
        /// Whether an alert is open, so that it can be acknowledged.
        var hasAlert = false
        /// What people have said.
        var acknowledged: ServiceMarks.Mark?
        var silenced: ServiceMarks.Mark?
        var noted: ServiceMarks.Mark?
        /// Only on the service's own page: for hundreds of services it would take megabytes.
        var responses: ResponseLine?
        /// How each vantage sees it, by name; empty for a single monitor.
        var views: [VantageView] = []
    }

    /// Whether it stands above the groups.
    var needsAttention: Bool {
        switch status {
        case .unhealthy, .degraded: true
        case .unknown: isChecked
        case .healthy, .maintenance: false
        }
    }

    /// Of all days together; nil without data.
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
    /// For insiders only.
    let message: String?
    /// ISO 8601.
    let began: String
    let ended: String?
    /// The oldest first. Insiders also see the channels that received each step, and the repeats.
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

    /// The word for people.
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
