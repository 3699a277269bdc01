import KeepAliveKit
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// What all vantages know, as one look into the shared database showed it.
struct VantageLook: Sendable {
    /// The views of the asked services, and of those on which a vantage has changed its verdict.
    var views: [String: [VantageView]] = [:]
    /// The combined states of these services, as the leader has stored them.
    var states: [String: TargetState] = [:]
    var beats: [VantageBeat] = []
    /// The age of this vantage's own sign of life before this look; nil at its first.
    var ownAge: Duration?
    /// The vantage that leads, and since when.
    var leader: String?
    var since: String?
    var marks: [String: ServiceMarks] = [:]
    var pushes: [String: PushRecord] = [:]
}

/// Reads what all vantages know, and keeps this one's sign of life, on a connection of its own.
///
/// The age of a check is counted on the database's clock, in the statement that reads it: no monitor's clock has to agree
/// with another's, and a monitor that has just started knows the age of what it finds. A step of that clock forward makes
/// everything stale for an interval, and nothing can be judged; a step back keeps a check fresh for longer.
actor VantageStore {
    private let executor = HistoryExecutor()
    // Unsafe because it is unowned: the actor owns the executor while it has jobs.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private static let limit = Duration.seconds(3)

    private let address: PostgreSQLAddress
    private let vantage: String
    private let host: String
    private var connection: PostgreSQLConnection?
    private var turn: Int64 = 0

    init(address: PostgreSQLAddress, vantage: String, host: String) {
        self.address = address
        self.vantage = vantage
        self.host = host
    }

    /// Looks once, and notes that this vantage lives.
    ///
    /// - Parameters:
    ///   - services: the services that are due.
    ///   - silentAfter: how long this monitor may say nothing.
    ///   - readsPushes: whether a service calls in.
    func look(
        at services: [String], silentAfter: Duration, readsPushes: Bool
    ) throws(PostgreSQLError) -> VantageLook {
        let results = try run(
            [
                PostgreSQLQuery(
                    "SELECT \(Self.age("seen_at")) FROM monitor_vantages WHERE vantage = $1::text AND NOT stopped",
                    [vantage]),
                beat(silentAfter), Self.views(of: services, since: turn), Self.beats, Self.leader,
                PostgreSQLQuery(PostgreSQLTables.markColumns),
            ] + (readsPushes ? [PostgreSQLQuery(PostgreSQLTables.pushColumns)] : []))
        func rows(_ index: Int) -> [PostgreSQLRow] { results.indices.contains(index) ? results[index].rows : [] }
        var look = VantageLook(marks: PostgreSQLTables.marks(rows(5)), pushes: PostgreSQLTables.pushes(rows(6)))
        look.ownAge = rows(0).first?.integer(0).map { Self.milliseconds($0) }
        for row in rows(2) {
            turn = max(turn, row.integer(13) ?? 0)
            guard let service = row[0] else { continue }
            if let view = Self.view(row) { look.views[service, default: []].append(view) }
            if look.states[service] == nil, let state = HistoryJSON.value(row[14], as: TargetState.self) {
                look.states[service] = state
            }
        }
        look.beats = rows(3).compactMap { row in
            row[0].map {
                VantageBeat(
                    name: $0, host: row[1] ?? "", age: Self.milliseconds(row.integer(2)),
                    silentAfter: Self.milliseconds(row.integer(3)), isStopped: row.bool(4) ?? false)
            }
        }
        (look.leader, look.since) = (rows(4).first?[0], rows(4).first?[1])
        return look
    }

    /// Notes that this monitor stops on purpose: nobody misses it.
    func stop() {
        _ = try? run([
            PostgreSQLQuery("UPDATE monitor_vantages SET stopped = true WHERE vantage = $1::text", [vantage])
        ])
        connection?.close()
        connection = nil
    }

    /// Forgets this vantage's view of all other services: they were removed from the configuration.
    func keep(only services: [String]) throws(PostgreSQLError) {
        _ = try run([
            PostgreSQLQuery(
                "DELETE FROM service_health_vantages WHERE vantage = $1::text AND NOT service_name = ANY($2::text[])",
                [vantage, PostgreSQLText.array(services)])
        ])
    }

    /// Forgets the vantages that were stopped more than a day ago.
    func forgetStopped() throws(PostgreSQLError) {
        _ = try run([
            PostgreSQLQuery(
                """
                WITH gone AS (DELETE FROM monitor_vantages
                    WHERE stopped AND seen_at < clock_timestamp() - interval '1 day' RETURNING vantage)
                DELETE FROM service_health_vantages WHERE vantage IN (SELECT vantage FROM gone)
                """)
        ])
    }

    // MARK: Statements

    private func beat(_ silentAfter: Duration) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO monitor_vantages (vantage, host, seen_at, silent_after_ms)
            VALUES ($1::text, $2::text, clock_timestamp(), $3::bigint)
            ON CONFLICT (vantage) DO UPDATE SET host = excluded.host, seen_at = excluded.seen_at,
                silent_after_ms = excluded.silent_after_ms, stopped = false
            """, [vantage, host, "\(silentAfter.microseconds / 1000)"])
    }

    private static func views(of services: [String], since turn: Int64) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            SELECT seen.service_name, seen.vantage, seen.says, seen.status, seen.message, seen.failures, seen.severity,
                seen.response_time_ms, seen.checks, \(micro("seen.since")), \(micro("seen.checked_at")),
                \(age("seen.checked_at")), seen.fresh_ms, seen.turned, target_states.state
            FROM service_health_vantages AS seen
            JOIN monitor_vantages ON monitor_vantages.vantage = seen.vantage
                AND NOT (stopped AND \(age("seen.checked_at")) > seen.fresh_ms)
            LEFT JOIN target_states ON target_states.service_name = seen.service_name
            WHERE seen.service_name IN (SELECT unnest($1::text[])
                UNION SELECT service_name FROM service_health_vantages WHERE turned > $2::bigint)
            """, [PostgreSQLText.array(services), "\(turn)"])
    }

    private static let beats = PostgreSQLQuery(
        "SELECT vantage, host, \(age("seen_at")), silent_after_ms, stopped FROM monitor_vantages ORDER BY vantage")

    private static var leader: PostgreSQLQuery {
        PostgreSQLQuery(
            """
            SELECT host, \(PostgreSQLText.iso8601("since")) FROM keepalive_leases
            WHERE name = $1::text AND holder IS NOT NULL
            """, [VantageSettings.lease])
    }

    private static func micro(_ column: String) -> String { "(extract(epoch FROM \(column)) * 1000000)::bigint" }

    /// In milliseconds, on the database's clock.
    private static func age(_ column: String) -> String {
        "(extract(epoch FROM clock_timestamp() - \(column)) * 1000)::bigint"
    }

    private static func milliseconds(_ value: Int64?) -> Duration { .milliseconds(max(0, value ?? 0)) }

    private static func view(_ row: PostgreSQLRow) -> VantageView? {
        guard let vantage = row[1], let says = row[2].flatMap(ProbeStatus.init),
            let status = row[3].flatMap(ProbeStatus.init)
        else { return nil }
        return VantageView(
            vantage: vantage, says: says, status: status, message: row[4] ?? "",
            failures: Int(clamping: row.integer(5) ?? 0), severity: row[6].flatMap(Severity.init),
            responseTime: row.double(7).map { .microseconds(Int64(min(max(0, $0), 1e12) * 1000)) },
            checks: HistoryJSON.value(row[8]) ?? [], since: row.integer(9) ?? 0, checkedAt: row.integer(10) ?? 0,
            age: milliseconds(row.integer(11)), freshFor: milliseconds(row.integer(12)))
    }

    /// Runs statements in one round trip. A connection that has broken since its last use is replaced at once.
    private func run(_ queries: [PostgreSQLQuery]) throws(PostgreSQLError) -> [PostgreSQLResult] {
        let wasOpen = connection?.isClosed == false
        do throws(PostgreSQLError) {
            return try opened().run(queries, within: Self.limit)
        } catch {
            guard wasOpen, error.kind == .lost else { throw error }
            return try opened().run(queries, within: Self.limit)
        }
    }

    private func opened() throws(PostgreSQLError) -> PostgreSQLConnection {
        if let connection, !connection.isClosed { return connection }
        connection = nil
        let opened = try PostgreSQLConnection.connect(
            to: address, application: "health-monitor vantage", within: Self.limit)
        _ = try opened.query("SET lock_timeout = '2s'", within: Self.limit)
        // The lease may make it at the same moment; the look must not fail for that.
        _ = try? opened.query(LeaseTable.create, within: Self.limit)
        connection = opened
        return opened
    }
}
