import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveSQLite

/// Copies a history from an SQLite file into an empty one in PostgreSQL. Each call waits on the calling thread.
///
/// Checks go in portions, each with a note of how far it came, so that an interrupted migration goes on. Everything else
/// follows in one transaction with the note that it is complete.
struct HistoryMigration {
    struct Failure: Error {
        let words: String
        let code: Int32
    }

    /// How far it came, kept in the database.
    private struct Note: Codable {
        var from: String
        var lastID: Int64 = 0
        /// Rows that PostgreSQL would refuse, by table; nil until everything beside the checks is there too.
        var leftOut: [String: Int]?
        var isComplete = false
    }

    private static let fact = "history_migration"
    /// How many checks were left out: of the same service, time and status, or unreadable.
    private static let leftOutFact = "history_migration_left_out"
    private static let limit = Duration.seconds(120)

    private let path: String
    private let portion: Int
    private let address: PostgreSQLAddress
    private let source: Database
    private let target: PostgreSQLConnection
    private var days: Set<PartitionDay> = []
    private var note: Note

    /// - Parameter portion: how many rows one transaction copies.
    init(from path: String, to address: PostgreSQLAddress, portion: Int = 10_000) throws {
        self.path = path
        self.portion = max(1, portion)
        self.address = address
        source = try Database(path: path)
        if let place = Self.earlierPlace(of: source) {
            guard place == "\(address)" else {
                throw Failure(words: "\(path) was moved to \(place) already: name another file with --from", code: 78)
            }
            throw Failure(words: "\(path) was moved to \(address) already", code: 0)
        }
        // Tables of earlier versions get their columns first.
        try HistorySchema.migrate(source, path: path, isNew: false)
        target = try PostgreSQLConnection.connect(
            to: address, application: "health-monitor migrate", within: .seconds(10))
        guard try AdvisoryLock.take(target, patience: .seconds(2), within: Self.limit) else {
            throw Failure(words: "a health-monitor uses \(address): stop it", code: 78)
        }
        _ = try target.query("SET lock_timeout = '10s'", within: Self.limit)
        _ = try PostgreSQLSchema.prepare(target, within: Self.limit)
        let identity = FileSystem.resolved(path) ?? path
        let known = try target.query(
            "SELECT value FROM monitor_facts WHERE name = $1", [Self.fact], within: Self.limit
        ).firstValue
        if let known {
            guard let earlier = HistoryJSON.value(known, as: Note.self), earlier.from == identity else {
                throw Failure(
                    words: "\(address) has the history of another file: set database to an empty one", code: 78)
            }
            note = earlier
        } else {
            let has = try target.query(
                "SELECT EXISTS (SELECT FROM service_health_checks) OR EXISTS (SELECT FROM target_states)",
                within: Self.limit)
            guard has.rows.first?.bool(0) == false else {
                throw Failure(words: "\(address) has a history already: set database to an empty one", code: 78)
            }
            note = Note(from: identity)
        }
    }

    /// Copies what is not there yet; returns a summary.
    ///
    /// - Parameter progress: gets the number of rows that are done, and of all.
    mutating func run(_ progress: (Int, Int) throws -> Void) throws -> String {
        guard !note.isComplete else {
            try markSource()
            return "\(path) was moved to \(address) already"
        }
        let all = try count("service_health_checks")
        var done = try sourceCount("SELECT count(*) FROM service_health_checks WHERE id <= ?", .integer(note.lastID))
        try progress(done, all)
        while let copied = try copyPortion() {
            done += copied
            try progress(done, all)
        }
        if note.leftOut == nil { try copyRest() }
        let checks = try target.query(
            "SELECT value::bigint FROM monitor_facts WHERE name = $1", [Self.leftOutFact], within: Self.limit
        ).rows.first?.integer(0)
        var leftOut = note.leftOut ?? [:]
        leftOut["service_health_checks"] = Int(clamping: checks ?? 0)
        let rows = try compare(leftOut: leftOut)
        var complete = note
        complete.isComplete = true
        _ = try target.run([try keep(complete)], within: Self.limit)
        note = complete
        try markSource()
        _ = try? target.query("ANALYZE", within: Self.limit)
        let left = leftOut.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
        return """
            moved \(path) to \(address): \(rows.map { "\($0.rows) \($0.table)" }.joined(separator: ", "))\
            \(left.isEmpty ? "" : "; left out, because repeated or unreadable: \(left.joined(separator: ", "))")
            The file stays, marked as moved: delete it when you no longer need it.
            """
    }

    /// Where the history of a file was moved to; nil if it was not.
    private static func earlierPlace(of source: Database) -> String? {
        let rows = try? source.query("SELECT value FROM monitor_facts WHERE name = ?", .text(HistorySchema.movedFact))
        return rows?.first?[0]?.textValue
    }

    // MARK: Checks

    private mutating func copyPortion() throws -> Int? {
        let rows = try source.query(
            """
            SELECT id, service_name, status, checks, response_time_ms, timestamp,
                CASE WHEN \(MigratedTable.checks.condition) THEN CAST(strftime('%s', timestamp) AS INTEGER) END
            FROM service_health_checks WHERE id > ? ORDER BY id LIMIT ?
            """, .integer(note.lastID), .integer(Int64(portion)))
        guard let last = rows.last?[0]?.integerValue else { return nil }
        let readable = rows.filter { $0[6]?.integerValue != nil }
        for day in Set(
            readable.map { PartitionDay(of: WallTime(microseconds: ($0[6]?.integerValue ?? 0) * 1_000_000)) })
        where !days.contains(day) {
            _ = try target.run([day.creation], within: Self.limit)
            days.insert(day)
        }
        var next = note
        next.lastID = last
        _ = try target.run(
            [
                PostgreSQLQuery(
                    """
                    WITH added AS (
                        INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp)
                        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::timestamptz[])
                        ON CONFLICT DO NOTHING RETURNING 1)
                    INSERT INTO monitor_facts AS kept (name, value)
                    SELECT $6::text, ($7::bigint - count(*))::text FROM added
                    ON CONFLICT (name) DO UPDATE SET value = (kept.value::bigint + excluded.value::bigint)::text
                    """, [1, 2, 3, 4, 5].map { Self.array(readable, $0) } + [Self.leftOutFact, "\(rows.count)"]),
                try keep(next),
            ], within: Self.limit)
        note = next
        return rows.count
    }

    private func keep(_ note: Note) throws -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO monitor_facts (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [Self.fact, try HistoryJSON.text(note)])
    }

    // MARK: Everything else

    private mutating func copyRest() throws {
        var statements: [PostgreSQLQuery] = []
        var leftOut: [String: Int] = [:]
        for table in MigratedTable.rest {
            let names = table.columns.map(\.name)
            let rows = try source.query(
                "SELECT \(names.joined(separator: ", ")) FROM \(table.name) WHERE \(table.condition)")
            leftOut[table.name] = try count(table.name) - rows.count
            for start in stride(from: 0, to: rows.count, by: portion) {
                let some = Array(rows[start..<min(rows.count, start + portion)])
                let types = table.columns.enumerated().map { "$\($0 + 1)::\($1.type)[]" }
                statements.append(
                    PostgreSQLQuery(
                        """
                        INSERT INTO \(table.name) (\(names.joined(separator: ", ")))
                        SELECT * FROM unnest(\(types.joined(separator: ", ")))
                        """, names.indices.map { Self.array(some, $0) }))
            }
            if table.hasID {
                statements.append(
                    PostgreSQLQuery(
                        """
                        SELECT setval(pg_get_serial_sequence('\(table.name)', 'id'),
                            greatest((SELECT max(id) FROM \(table.name)), 1))
                        """))
            }
        }
        for row in try source.query("SELECT name, value FROM monitor_facts WHERE name = 'clocks'") {
            statements.append(
                PostgreSQLQuery(
                    "INSERT INTO monitor_facts (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [row[0]?.textValue, row[1]?.textValue]))
        }
        var next = note
        next.leftOut = leftOut
        _ = try target.run(statements + [try keep(next)], within: .seconds(600))
        note = next
    }

    private static func array(_ rows: [Row], _ column: Int) -> String {
        PostgreSQLText.array(
            rows.map { row in
                switch row[column] {
                case .integer(let number)?: "\(number)"
                case .real(let number)?: "\(number)"
                case .text(let text)?: text
                case .null?, .blob?, nil: nil
                }
            })
    }

    // MARK: The end

    private func sourceCount(_ sql: String, _ values: Value...) throws -> Int {
        Int(clamping: try source.firstInteger(sql, values) ?? 0)
    }

    private func count(_ table: String) throws -> Int { try sourceCount("SELECT count(*) FROM \(table)") }

    /// Counts both sides.
    private func compare(leftOut: [String: Int]) throws -> [(table: String, rows: Int)] {
        try (["service_health_checks"] + MigratedTable.rest.map(\.name)).map { table in
            let here = try count(table)
            let there = try target.query("SELECT count(*) FROM \(table)", within: .seconds(600)).rows.first?.integer(0)
            let expected = here - (leftOut[table] ?? 0)
            guard there == Int64(expected) else {
                throw Failure(
                    words:
                        "\(table) has \(expected) rows in \(path) and \(there ?? 0) in \(address): the file is unchanged; "
                        + "empty the database and run it again", code: 1)
            }
            return (table, expected)
        }
    }

    /// Keeps monitors from starting on the file.
    private func markSource() throws {
        try source.run(
            "INSERT OR REPLACE INTO monitor_facts (name, value) VALUES (?, ?)", .text(HistorySchema.movedFact),
            .text("\(address)"))
        source.close()
    }
}
