import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Builds the page's model from the current state and the history, which it reads on the calling thread.
final class FleetReader: StatusPage {
    private let board: StatusBoard
    private let version: String
    private let start: String
    /// The services by their ids in addresses, for one generation of the board.
    private let names: Mutex<(generation: UInt64, byID: [String: String])>
    private let history: Mutex<FleetHistory>
    private let settings: Mutex<PageSettings>

    init(
        board: StatusBoard, history: any HistoryReading & Sendable, version: String,
        settings: PageSettings = PageSettings()
    ) {
        self.settings = Mutex(settings)
        self.board = board
        self.version = version
        var random = SystemRandomNumberGenerator()
        start = String(random.next() as UInt64, radix: 36)
        names = Mutex((board.generation, Self.byID(board.names)))
        self.history = Mutex(FleetHistory(history))
    }

    /// Identifies this run of the monitor and its configuration: another may order the services differently.
    var run: String { "\(start).\(board.generation)" }

    /// Takes the title and announcements of a reloaded configuration.
    func present(_ settings: PageSettings) { self.settings.withLock { $0 = settings } }

    private static func byID(_ names: [String]) -> [String: String] {
        Dictionary(names.map { (FleetService.id(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func name(of id: String) -> String? {
        let generation = board.generation
        return names.withLock { names in
            if names.generation != generation { names = (generation, Self.byID(board.names)) }
            return names.byID[id]
        }
    }

    /// Everything that a viewer may see.
    func model(for viewer: Viewer, at time: WallTime = .now()) -> FleetModel {
        let (revision, services) = board.changes(since: 0)
        var model = outline(for: viewer, revision, services, at: time)
        for index in model.services.indices { fill(&model.services[index], at: time, &model.gap) }
        finish(&model, hasIncidents: true)
        return model
    }

    /// Everything that a viewer may see of one service; nil if it does not exist or the viewer may not see it.
    func model(of id: String, for viewer: Viewer, at time: WallTime = .now()) -> FleetModel? {
        let revision = board.revision
        guard let service = name(of: id).flatMap({ board[$0] }), viewer == .insider || service.target.isPublic else {
            return nil
        }
        var model = outline(for: viewer, revision, [service], at: time)
        model.isOfOne = true
        for index in model.services.indices {
            fill(&model.services[index], at: time, &model.gap)
            guard model.services[index].details != nil else { continue }
            model.services[index].details?.responses = read(&model.gap) {
                try $0.responses(of: service.target.name, every: service.target.interval, at: time)
            }
        }
        let alerts = read(&model.gap) { try $0.alerts(of: service.target.name, limit: Self.mostIncidents) } ?? []
        model.incidents = alerts.map { Incident($0, for: viewer) }
        finish(&model, hasIncidents: false)
        return model
    }

    /// The changes for a viewer since a revision.
    func update(for viewer: Viewer, since revision: UInt64, at time: WallTime = .now()) -> FleetUpdate {
        let (last, changes) = board.changes(since: revision)
        let seen = changes.filter { viewer == .insider || $0.target.isPublic }
        let places = board.orders
        let orders = Set(seen.compactMap { places[$0.target.name] })
        var all = outline(for: viewer, last, board.all, at: time)
        var changed = all.services.filter { orders.contains($0.order) }
        for index in changed.indices { fill(&changed[index], at: time, &all.gap) }
        let hasIncidents = revision == 0 || board.alertRevision > revision
        finish(&all, hasIncidents: hasIncidents)
        return FleetUpdate(
            revision: last, all: all, changed: changed, statuses: seen, hasIncidents: hasIncidents)
    }

    func page(of id: String?, for visitor: PageVisitor) -> (html: [UInt8], policy: String)? {
        let found = id.map { model(of: $0, for: visitor.viewer) } ?? model(for: visitor.viewer)
        guard var model = found else { return nil }
        model.visitor = visitor
        let nonce = Nonce.make()
        return (FleetPage.markup(model, nonce: nonce).bytes, FleetPage.policy(nonce: nonce))
    }

    func update(for viewer: Viewer, since revision: UInt64, asHTML: Bool) -> PageUpdate {
        let update = update(for: viewer, since: revision)
        // Values contain no incidents.
        let isNews = revision == 0 || !update.changed.isEmpty || asHTML && update.hasIncidents
        return PageUpdate(
            revision: update.revision, isNews: isNews, data: asHTML ? update.htmlData : update.data)
    }

    func badge(of name: String, for viewer: Viewer) -> [UInt8]? {
        guard let service = board[name], viewer == .insider || service.target.isPublic else { return nil }
        return Badge.markup(name: name, status: service.last?.result.status ?? .unknown).bytes
    }

    /// The current state, without the history.
    private func outline(
        for viewer: Viewer, _ revision: UInt64, _ services: [ServiceStatus], at time: WallTime
    ) -> FleetModel {
        var model = FleetModel()
        model.visitor.viewer = viewer
        model.edition = edition(for: viewer)
        model.since = eventID(revision)
        model.version = version
        model.settings = settings.withLock { $0 }
        model.time = time
        if viewer == .insider { (model.troubles, model.roll) = (board.channelTroubles, board.roll) }
        let places = board.orders
        model.services = services.compactMap { service in
            guard viewer == .insider || service.target.isPublic, let order = places[service.target.name] else {
                return nil
            }
            return FleetService(service, order: order, for: viewer)
        }
        // Of what the viewer sees: another place of the group would tell of hidden services.
        var groups: [String?: Int] = [:]
        for index in model.services.indices {
            let service = model.services[index]
            model.services[index].groupOrder = groups[service.group] ?? service.order
            groups[service.group] = model.services[index].groupOrder
        }
        return model
    }

    private func fill(_ service: inout FleetService, at time: WallTime, _ gap: inout String?) {
        let name = service.name
        service.days =
            read(&gap) { try $0.days(of: name, FleetModel.days, at: time) }
            ?? Array(repeating: nil, count: FleetModel.days)
    }

    /// Reads from the history; on an error returns nil and sets the gap.
    private func read<Result>(_ gap: inout String?, _ body: (inout FleetHistory) throws -> Result) -> Result? {
        do {
            return try history.withLock { history -> Result in try body(&history) }
        } catch {
            gap = "\(error)"
            return nil
        }
    }

    private func finish(_ model: inout FleetModel, hasIncidents: Bool) {
        if hasIncidents { model.incidents = incidents(for: model.viewer, &model.gap) }
        // The reason may name files, so only insiders see it; everybody sees that data is missing.
        if model.gap != nil, model.viewer == .anybody { model.gap = "" }
    }

    func edition(for viewer: Viewer) -> String { "\(run)-\(viewer == .insider ? "all" : "public")" }

    func eventID(_ revision: UInt64) -> String { "\(run)-\(revision)" }

    func revision(of id: String) -> UInt64 {
        guard id.hasPrefix("\(run)-") else { return 0 }
        return UInt64(id.dropFirst(run.count + 1)) ?? 0
    }

    /// The most open incidents of a page, and the most past ones.
    static let mostIncidents = 40

    private func incidents(for viewer: Viewer, _ gap: inout String?) -> [Incident] {
        let revision = board.alertRevision
        let seen = (read(&gap) { try $0.newestAlerts(revision) } ?? [])
            .filter { viewer == .insider || board[$0.row.service]?.target.isPublic == true }
        return
            (seen.filter { $0.row.status == .active }.prefix(Self.mostIncidents)
            + seen.filter { $0.row.status != .active }.prefix(Self.mostIncidents))
            .map { Incident($0, for: viewer) }
    }
}

extension Incident {
    /// An alert as a viewer may see it: the public sees neither its message nor its channels.
    init(_ alert: FleetHistory.Alert, for viewer: Viewer) {
        let row = alert.row
        self.init(
            service: row.service, severity: row.severity, message: viewer == .insider ? row.message : nil,
            began: row.triggeredAt, ended: row.resolvedAt)
        steps = alert.steps
        guard viewer == .anybody else { return }
        steps = steps.filter { $0.kind != .repeated && !$0.kind.isMark }
            .map { AlertStep(kind: $0.kind, severity: $0.severity, message: "", time: $0.time) }
    }
}

extension FleetService {
    static func id(of name: String) -> String { String(Digest.hexadecimal(name).prefix(12)) }

    /// A service as a viewer may see it.
    init(_ service: ServiceStatus, order: Int, for viewer: Viewer) {
        let target = service.target
        self.init(
            order: order, id: Self.id(of: target.name), name: target.name, group: target.group,
            status: service.last?.result.status ?? .unknown,
            // The status `maintenance` already shows it.
            isSilenced: service.silence != nil && service.silence != .maintenance)
        isChecked = service.last != nil
        changed = service.changed
        // An alert of an earlier run knows more.
        since = service.state.alert.map { WallTime(microseconds: $0.openedAt) } ?? service.changed
        maintenanceEnd = service.maintenanceEnd
        guard viewer == .insider else { return }
        let result = service.last?.result
        let silence: String? =
            switch service.silence {
            case .maintenance: nil
            case .dependency(let name): "no alert: its dependency \(name) is unhealthy"
            case nil: nil
            }
        details = Details(
            type: target.type, address: target.address, isCritical: target.isCritical,
            message: result?.message ?? "not checked yet",
            responseMilliseconds: result?.responseTime.map { Double($0.microseconds) / 1000 },
            lastCheck: service.last?.time, failures: service.state.failures, silence: silence,
            forecast: service.forecast?.text,
            checks: result?.checks ?? [])
        details?.report = result?.report
        details?.nextDue = result?.nextDue
        details?.hasAlert = service.state.alert != nil
        details?.acknowledged = service.marks.acknowledged.flatMap { mark in
            mark.alert == service.state.alert?.openedAt ? mark : nil
        }
        details?.silenced = service.marks.silence(at: WallTime.now().microseconds)
        details?.noted = service.marks.noted
        details?.views = service.views.sorted { $0.vantage < $1.vantage }
    }
}
