/// One of the ledger's tables, as both databases have it.
struct LedgerTable {
    struct Column {
        let name: String
        /// The parameter's type in PostgreSQL, and the expression that makes the value of it.
        let type: String
        var expression: String?
    }

    let name: String
    let columns: [Column]
    /// The column that orders it; the first one.
    var key: String { columns.first?.name ?? "" }
    /// Figures that have to be equal in both databases. Sums are in two parts, because SQLite's could overflow.
    let figures: String

    private static func number(_ name: String) -> Column { Column(name: name, type: "bigint") }
    private static func text(_ name: String) -> Column { Column(name: name, type: "text") }
    private static func time(_ name: String) -> Column {
        Column(name: name, type: "text", expression: "\(name)::timestamptz")
    }

    private static func sum(_ column: String) -> String {
        "coalesce(sum(\(column) / 1000000000), 0), coalesce(sum(\(column) % 1000000000), 0)"
    }

    static let all = [
        LedgerTable(
            name: "accounts", columns: [number("user_id"), number("balance")],
            figures: "SELECT count(*), \(sum("user_id")), \(sum("balance")) FROM accounts"),
        LedgerTable(
            name: "entries",
            columns: [
                number("id"), number("update_id"), number("user_id"), number("amount"), text("reason"),
                time("timestamp"),
            ],
            figures: "SELECT count(*), \(sum("id")), \(sum("update_id")), \(sum("amount")) FROM entries"),
        LedgerTable(
            name: "updates", columns: [number("update_id"), time("processed_at")],
            figures: "SELECT count(*), \(sum("update_id")) FROM updates"),
        LedgerTable(
            name: "replies",
            columns: [
                number("id"), number("update_id"), text("kind"), number("chat_id"), text("text"), text("extra"),
                time("created_at"), number("topic_id"),
                Column(name: "not_before", type: "bigint", expression: "to_timestamp(not_before)"),
            ],
            figures: "SELECT count(*), \(sum("id")), \(sum("update_id")) FROM replies"),
    ]
}
