import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The answers that need the history. Each reads the database on the calling thread.
final class HistoryAnswers: Sendable {
    private let history: any HistoryReading & Sendable
    private let board: StatusBoard
    /// The last summary of all uptimes, with its time: the reader does not read every service for each request.
    private let fleet = Mutex<(uptime: Uptime, at: MonotonicTime)?>(nil)
    private static let fleetLasts = Duration.seconds(5)

    init(history: any HistoryReading & Sendable, board: StatusBoard) {
        self.history = history
        self.board = board
    }

    func checks(service: String?, hours: Int, limit: Int) throws(Refusal) -> [UInt8] {
        let rows = try read { try history.checks(service: service, hours: hours, limit: limit) }
        if rows.isEmpty { try requireKnown(service) }
        return JSONWriter.document { json in
            json.field("service", service)
            json.field("hours", hours)
            json.field("limit", limit)
            json.array("checks", rows) { json, row in
                json.object { json in
                    json.field("service_name", row.service)
                    json.field("status", row.status.rawValue)
                    json.field("checks", json: Self.array(row.checks))
                    json.field("response_time_ms", row.responseTimeMilliseconds)
                    json.field("timestamp", row.timestamp)
                }
            }
        }
    }

    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws(Refusal) -> [UInt8] {
        let (rows, steps) = try read {
            let rows = try history.alerts(status: status, service: service, limit: limit)
            return (rows, try history.steps(of: rows))
        }
        if rows.isEmpty { try requireKnown(service) }
        return JSONWriter.document { json in
            json.array("alerts", rows) { json, row in
                json.object { json in
                    json.field("id", row.id)
                    json.field("service_name", row.service)
                    json.field("severity", row.severity.rawValue)
                    json.field("message", row.message)
                    json.field("status", row.status.rawValue)
                    json.field("triggered_at", row.triggeredAt)
                    json.field("resolved_at", row.resolvedAt)
                    let steps = steps[row.id] ?? []
                    Self.append(acknowledgement: steps, to: &json)
                    json.array("timeline", steps, Self.append)
                }
            }
        }
    }

    /// The last acknowledgement that nobody has taken back; it stays after the alert is over.
    private static func append(acknowledgement steps: [AlertStep], to json: inout JSONWriter) {
        guard let step = steps.last(where: { $0.kind == .acknowledged || $0.kind == .unacknowledged }),
            step.kind == .acknowledged
        else { return json.field("acknowledged", nil as String?) }
        json.object("acknowledged") { json in
            json.field("who", step.who)
            json.field("when", step.time)
            json.field("until", nil as String?)
            json.field("note", step.message.isEmpty ? nil : step.message)
        }
    }

    private static func append(_ json: inout JSONWriter, _ step: AlertStep) {
        json.object { json in
            json.field("event", step.kind.rawValue)
            json.field("at", step.time)
            json.field("severity", step.severity.rawValue)
            json.field("message", step.message)
            json.field("who", step.who)
            json.field("count", step.count)
        }
    }

    /// The alert with an id.
    func alert(id: Int64) throws(Refusal) -> AlertRow {
        guard let row = try read({ try history.alert(id: id) }) else {
            throw Refusal(.notFound, "unknown alert \(id): GET /api/health/alerts?status=active lists the open ones")
        }
        return row
    }

    func uptime(service: String, hours: Int) throws(Refusal) -> [UInt8] {
        let uptime = try read { try history.uptime(service: service, hours: hours) }
        if uptime.total == 0 { try requireKnown(service) }
        return JSONWriter.document { json in
            json.field("service", service)
            json.field("hours", hours)
            json.field("uptime_percent", uptime.percent)
            json.field("total_checks", uptime.total)
            json.field("healthy", uptime.healthy)
            json.field("degraded", uptime.degraded)
            json.field("unhealthy", uptime.unhealthy)
            json.field("unknown", uptime.unknown)
            json.field("maintenance", uptime.maintenance)
            json.field("average_response_ms", uptime.averageResponseMilliseconds)
        }
    }

    func summary() throws(Refusal) -> [UInt8] {
        let services = board.all
        let uptime = try fleetUptime()
        let document = StatusDocument(services: services, status: .unknown, time: .now())
        return JSONWriter.document { json in
            json.field("total_services", services.count)
            document.appendCounts(to: &json)
            json.field("active_alerts", services.count { $0.state.alert != nil })
            json.field("uptime_percent_24h", uptime.percent)
            json.field("average_response_ms", uptime.averageResponseMilliseconds)
        }
    }

    /// The last day's uptime of all configured services together.
    private func fleetUptime() throws(Refusal) -> Uptime {
        let now = MonotonicTime.now()
        if let last = fleet.withLock({ $0 }), now.since(last.at) < Self.fleetLasts { return last.uptime }
        let all = try read { try history.uptimes(of: board.names, hours: 24) }
        let sum = all.values.reduce(into: Uptime()) { $0.add($1) }
        fleet.withLock { $0 = (sum, now) }
        return sum
    }

    private func read<Result>(_ body: () throws -> Result) throws(Refusal) -> Result {
        do {
            return try body()
        } catch {
            throw Refusal(.unavailable, "the history cannot be read now: \(error)")
        }
    }

    /// A service that left the configuration stays known while the history holds rows of it.
    private func requireKnown(_ service: String?) throws(Refusal) {
        guard let service, board[service] == nil else { return }
        throw .noService(service, among: board.names)
    }

    /// The sub-checks as stored. Text that another program wrote there must not break the document.
    private static func array(_ text: String) -> String {
        guard let value = try? JSONValue(parsing: Array(text.utf8)), value.elements != nil else { return "[]" }
        return value.json
    }
}
