import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Stores the history in PostgreSQL.
///
/// A server that is away, or an answer that does not come in time, is a failure like any other: the history keeps its
/// batch and writes it later. Every statement can be repeated, so an answer that was lost doubles nothing.
final class PostgreSQLStore: HistoryStore {
    private let address: PostgreSQLAddress
    private let log: Log
    private let role: PostgreSQLRole
    /// Whether several monitors write this history (`vantage`): then none may lock it.
    private let isShared: Bool
    private var connection: PostgreSQLConnection?
    /// The identity of the loaded history; another one means that the database was replaced.
    private var identity: String?
    private var isElsewhere = false
    /// The days that have a partition.
    private var days: Set<PartitionDay> = []
    /// Whether this user may make partitions; otherwise rows go to the default one.
    private var makesPartitions = true
    /// How long a write, and any alert behind it, waits: short after a failure, until a write succeeds.
    private var patience = PostgreSQLStore.mostPatience
    private static let mostPatience = Duration.seconds(5)
    private static let leastPatience = Duration.seconds(1)
    /// How long another monitor may take to end after a restart.
    private static let lockPatience = Duration.seconds(5)

    init(address: PostgreSQLAddress, role: PostgreSQLRole = .alone, isShared: Bool = false, log: Log) {
        self.address = address
        self.role = role
        self.isShared = isShared || role != .alone
        self.log = log
    }

    func load() throws(HistoryFailure) -> HistoryContents {
        try attempt { connection in
            let tables = PostgreSQLTables(connection: connection, limit: patience)
            if case .leader(let epoch) = role,
                try connection.run([LeaderFence.raise(epoch)], within: patience).first?.firstValue == nil
            {
                throw HistoryFailure.otherLeads
            }
            let contents = try tables.contents(for: role)
            isElsewhere = false
            return contents
        }
    }

    func commit(_ batch: HistoryBatch) throws(HistoryFailure) {
        try attempt { connection in
            if isElsewhere {
                isElsewhere = false
                log(.error, "the history at \(address) was replaced; starting a new one")
                throw HistoryFailure.begunAnew
            }
            try makePartitions(for: batch, connection)
            let statements = try PostgreSQLBatch(batch: batch, now: .now(), role: role).statements()
            if !statements.isEmpty { _ = try connection.run(statements, within: patience) }
        }
    }

    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {
        guard let connection, !connection.isClosed else { return }
        // The leader does it for all.
        if case .vantage = role { return }
        do {
            try PostgreSQLTables(connection: connection, limit: patience).prune(age, at: now, limit: limit)
        } catch {
            throw failure(error)
        }
    }

    func close() {
        connection?.close()
        connection = nil
    }

    /// Works on a connection. One that has broken since its last use is replaced at once: a server that was restarted
    /// meanwhile is no failure.
    private func attempt<Result>(
        _ body: (PostgreSQLConnection) throws -> Result
    ) throws(HistoryFailure) -> Result {
        let wasOpen = connection?.isClosed == false
        do {
            do {
                return try finish(body)
            } catch let error as PostgreSQLError where wasOpen && error.kind == .lost {
                return try finish(body)
            }
        } catch {
            if (error as? HistoryFailure) == nil, !LeaderFence.isBroken(error) { patience = Self.leastPatience }
            throw failure(error)
        }
    }

    private func finish<Result>(_ body: (PostgreSQLConnection) throws -> Result) throws -> Result {
        let result = try body(try opened())
        patience = Self.mostPatience
        return result
    }

    private func opened() throws -> PostgreSQLConnection {
        if let connection, !connection.isClosed { return connection }
        connection = nil
        let opened = try PostgreSQLConnection.connect(to: address, application: "health-monitor", within: patience) {
            [log] in log(.debug, "PostgreSQL: \($0)")
        }
        if case .vantage(let name) = role {
            let patience = identity == nil ? Self.lockPatience : .milliseconds(200)
            guard try AdvisoryLock.share(opened, patience: patience, within: self.patience) else {
                throw HistoryFailure(
                    words: "a health-monitor without vantage uses \(address)",
                    sentence: "A health-monitor without vantage uses the history at \(address)",
                    end: .configuration([
                        "database: a health-monitor without vantage uses it; stop it, or give it a vantage too"
                    ]))
            }
            guard try AdvisoryLock.take(opened, vantage: name, patience: patience, within: self.patience) else {
                throw HistoryFailure(
                    words: "another health-monitor with vantage \(name) uses \(address)",
                    sentence: "Another health-monitor with vantage \(name) uses the history at \(address)",
                    end: .configuration([
                        "vantage: another health-monitor is \(name) already; give each monitor its own vantage, or stop it"
                    ]))
            }
        } else if !isShared {
            // Later, the session that this one replaces may live on a while: its end is waited for by retries.
            let patience = identity == nil ? Self.lockPatience : .milliseconds(200)
            guard try AdvisoryLock.take(opened, patience: patience, within: self.patience) else {
                throw HistoryFailure(
                    words: "another health-monitor uses \(address)",
                    sentence: "Another health-monitor uses the history at \(address)",
                    end: .configuration(["another health-monitor uses \(address): stop it, or set another database"]))
            }
        }
        _ = try opened.query("SET lock_timeout = '2s'", within: patience)
        let found = try PostgreSQLSchema.prepare(opened, within: max(patience, .seconds(5)))
        if let identity, identity != found {
            isElsewhere = true
            days = []
        }
        identity = found
        connection = opened
        return opened
    }

    /// Makes the partitions of a batch's days, which are new once a day.
    private func makePartitions(for batch: HistoryBatch, _ connection: PostgreSQLConnection) throws {
        guard makesPartitions else { return }
        for day in Set(batch.checks.map { PartitionDay(of: $0.time) }).subtracting(days) {
            do throws(PostgreSQLError) {
                _ = try connection.run(
                    [PostgreSQLQuery("SELECT pg_advisory_xact_lock(\(AdvisoryLock.number), 1)"), day.creation],
                    within: patience)
            } catch {
                guard error.kind == .server else { throw error }
                switch error.sqlState {
                case "42501"?:
                    makesPartitions = false
                    log(
                        .warning,
                        "the user of \(address) may not make a table for each day: retention deletes rows one by one; "
                            + "make it the owner of service_health_checks")
                    return
                // The default partition has rows of this day, or someone else made the day's.
                case "23514"?, "42P07"?, "42P17"?: break
                default: throw error
                }
            }
            days.insert(day)
        }
    }

    // MARK: Failures

    private func failure(_ error: any Error) -> HistoryFailure {
        if LeaderFence.isBroken(error) { return .otherLeads }
        switch error {
        case let error as HistoryFailure: return error
        case let error as PostgreSQLSchema.Refusal:
            return HistoryFailure(
                words: "\(address): \(error.words)", sentence: "The history at \(address) cannot be used",
                end: .configuration(["database: \(address): \(error.words)"]))
        case let error as PostgreSQLError:
            let code = error.sqlState.map { " (\($0))" } ?? ""
            var failure = HistoryFailure(
                words: "\(address): \(error.reason)\(code)",
                sentence: "The history at \(address) cannot be written: \(error.reason)")
            // Neither a password nor a name becomes right by waiting.
            if error.isRefusedLogin || error.sqlState == "3D000" {
                let advice = error.sqlState == "3D000" ? "correct the URL, or create the database" : "correct the URL"
                failure.end = .configuration(["database: \(address): \(error.reason): \(advice)"])
            }
            return failure
        default: return HistoryFailure(words: "\(error)", sentence: "The history cannot be used: \(error)")
        }
    }
}
