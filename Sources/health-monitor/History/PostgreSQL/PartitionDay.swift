import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// A day of checks, which has its own partition of the table, so that retention drops it as a whole. Pure.
struct PartitionDay: Hashable, Sendable {
    private static let prefix = "service_health_checks_"
    private static let last: Int64 = 2_932_896

    /// Days since 1970, UTC.
    let number: Int64

    /// The day of a time; times before 1970 and after 9999 count as the first and the last day.
    init(of time: WallTime) {
        number = min(max(0, time.microseconds / 86_400_000_000), Self.last)
    }

    private init(number: Int64) {
        self.number = number
    }

    private static func date(_ number: Int64) -> String {
        String(WallTime(microseconds: number * 86_400_000_000).iso8601.prefix(10))
    }

    /// The partition's name, such as `service_health_checks_20260119`.
    var table: String { Self.prefix + Self.date(number).filter { $0 != "-" } }

    var creation: PostgreSQLQuery {
        let end = number == Self.last ? "MAXVALUE" : "'\(Self.date(number + 1)) 00:00:00+00'"
        return PostgreSQLQuery(
            """
            CREATE TABLE IF NOT EXISTS \(table) PARTITION OF service_health_checks
            FOR VALUES FROM ('\(Self.date(number)) 00:00:00+00') TO (\(end))
            """)
    }

    /// Whether a table is the partition of a day that was over at a time.
    static func isOver(_ table: String, before cutoff: WallTime) -> Bool {
        // Names sort like their dates.
        guard table.hasPrefix(prefix), table.utf8.count == prefix.utf8.count + 8,
            table.dropFirst(prefix.count).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return false }
        return table < PartitionDay(of: cutoff).table
    }
}
