import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Takes another monitor's checks into the history. A second run adds nothing twice, so a run that was stopped can be
/// repeated.
struct HistoryIntake: ~Copyable {
    /// What was taken.
    struct Counts: Equatable {
        var taken = 0
        var known = 0
        /// Checks of monitors that were not carried over.
        var foreign = 0
        /// Checks whose time cannot be read.
        var timeless = 0
        var hours = 0
    }

    private static let batch = 5000
    private let database: Database
    private let lock: LockFile

    /// - Throws: `KeepAliveError` if the file belongs to another program, or a monitor uses it.
    init(path: String) throws {
        let lock = try HistoryLock.take(path)
        let database = try Self.open(path)
        self.database = database
        self.lock = lock
    }

    private static func open(_ path: String) throws -> Database {
        let isNew = try DatabaseFile.inspect(path, for: HistorySchema.mark) == .new
        let database = try Database(path: path)
        try HistorySchema.migrate(database, path: path, isNew: isNew)
        return database
    }

    /// Takes the checks of the named monitors, the oldest row first.
    ///
    /// - Parameter progress: gets the number of rows that have been read.
    func take(
        _ source: KumaDatabase, names: [Int: String], from time: String, second: Int64, progress: (Int) -> Void
    ) throws -> Counts {
        var counts = Counts()
        var last: Int64 = 0
        var read = 0
        while true {
            let beats = try source.beats(after: last, from: time, most: Self.batch)
            guard let newest = beats.last else { break }
            try database.transaction {
                for beat in beats {
                    guard let name = names[beat.monitor] else {
                        counts.foreign += 1
                        continue
                    }
                    guard let time = beat.time else {
                        counts.timeless += 1
                        continue
                    }
                    try database.run(
                        Self.insert, .text(name), .text(beat.status.rawValue),
                        beat.milliseconds.map { .real($0) } ?? .null, .text(time))
                    if database.changes > 0 { counts.taken += 1 } else { counts.known += 1 }
                }
            }
            read += beats.count
            progress(read)
            // An id that is no number comes as 0: the same rows would come again.
            guard newest.id > last else { break }
            last = newest.id
        }
        try database.transaction {
            for name in Set(names.values) { try database.run(Self.rollUp, .text(name)) }
            // Uptime Kuma 2 keeps older checks only as sums.
            for (table, length) in [("stat_hourly", Int64(3600)), ("stat_daily", Int64(86_400))] {
                for row in try source.sums(of: table, from: second) {
                    counts.hours += try add(row, length, names) ? 1 : 0
                }
            }
        }
        try database.execute(HistorySchema.dayRollUp)
        withExtendedLifetime(lock) {}
        return counts
    }

    /// An hour's sums, or a day's as its first hour; true if nothing was known of that time.
    private func add(_ row: Row, _ length: Int64, _ names: [Int: String]) throws -> Bool {
        guard let name = row[0]?.whole.flatMap({ names[Int(clamping: $0)] }), let second = row[1]?.whole, second >= 0
        else { return false }
        let from = second / 3600
        let to = from + (second % 3600 + length - 1) / 3600
        let known = try database.firstInteger(
            "SELECT count(*) FROM service_health_hours WHERE service_name = ? AND hour BETWEEN ? AND ?", .text(name),
            .integer(from), .integer(to))
        guard known == 0 else { return false }
        // Larger counts would overflow the sums of a service.
        let (up, down) = (min(max(0, row[2]?.whole ?? 0), 1 << 32), min(max(0, row[3]?.whole ?? 0), 1 << 32))
        let average = row[4]?.milliseconds ?? 0
        try database.run(
            Self.insertHour, .text(name), .integer(from), .integer(up), .integer(down), .integer(average > 0 ? up : 0),
            .real(average * Double(up)), row[5]?.milliseconds.map { .real($0) } ?? .null,
            row[6]?.milliseconds.map { .real($0) } ?? .null)
        return true
    }

    private static let insert = """
        INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp)
        SELECT ?1, ?2, '[]', ?3, ?4 WHERE NOT EXISTS
            (SELECT 1 FROM service_health_checks WHERE service_name = ?1 AND timestamp = ?4)
        """

    private static let insertHour = """
        INSERT INTO service_health_hours (service_name, hour, healthy, degraded, unhealthy, unknown, response_count,
            response_sum_ms, response_min_ms, response_max_ms, maintenance)
        VALUES (?1, ?2, ?3, 0, ?4, 0, ?5, ?6, ?7, ?8, 0)
        """

    /// Counts one service's rows anew.
    private static let rollUp = """
        INSERT OR REPLACE INTO service_health_hours (service_name, hour, healthy, degraded, unhealthy, unknown,
            response_count, response_sum_ms, response_min_ms, response_max_ms, maintenance)
        SELECT service_name, CAST(strftime('%s', timestamp) AS INTEGER) / 3600 AS hour,
            sum(status = 'healthy'), sum(status = 'degraded'), sum(status = 'unhealthy'), sum(status = 'unknown'),
            count(response_time_ms), total(response_time_ms), min(response_time_ms), max(response_time_ms),
            sum(status = 'maintenance')
        FROM service_health_checks WHERE service_name = ?1 AND strftime('%s', timestamp) IS NOT NULL
        GROUP BY service_name, hour
        """
}
