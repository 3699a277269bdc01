import KeepAlivePostgreSQL

/// How long the ledger's statements and rows may last.
enum LedgerLimits {
    /// Connecting, and each round trip. The server ends a statement 2 s earlier.
    static let roundTrip = Duration.seconds(7)

    /// The beginning of each transaction. A frozen client must not hold the fence: the server ends its session.
    static let begin: [PostgreSQLQuery] = [
        "BEGIN", "SET LOCAL idle_in_transaction_session_timeout = '2s'", "SET LOCAL lock_timeout = '5s'",
        "SET LOCAL statement_timeout = '5s'",
    ]

    /// How long an update's id is kept: twice as long as Telegram keeps an update.
    static let horizon = "interval '48 hours'"
}
