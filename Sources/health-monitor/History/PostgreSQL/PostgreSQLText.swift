import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Values in the forms that PostgreSQL takes and gives.
enum PostgreSQLText {
    /// A text without U+0000, which PostgreSQL does not have: one such message must not stop the history.
    static func clean(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
    }

    static func clean(_ text: String?) -> String? { text.map { clean($0) } }

    /// A time between 1970 and 9999, which every client of the database can read.
    static func time(_ time: WallTime) -> String {
        WallTime(microseconds: min(max(0, time.microseconds), 253_402_300_799_999_999)).iso8601
    }

    static func time(microseconds: Int64) -> String { time(WallTime(microseconds: microseconds)) }

    static func array(_ texts: some Sequence<String?>) -> String { PostgreSQLQuery.array(texts.map { clean($0) }) }

    static func array(_ numbers: some Sequence<Int64?>) -> String {
        PostgreSQLQuery.array(numbers.map { $0.map { "\($0)" } })
    }

    /// SQL for a column of times as the API writes them: UTC, ISO 8601, microseconds.
    static func iso8601(_ column: String) -> String {
        "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    }

    /// SQL for hours since 1970.
    static func hour(_ column: String) -> String { "floor(extract(epoch FROM \(column)) / 3600)::bigint" }
}
