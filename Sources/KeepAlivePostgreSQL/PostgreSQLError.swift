import KeepAlivePlatform

/// Why PostgreSQL, libpq or this wrapper failed.
///
/// A plain value. It holds neither a password nor the address's text, nor values of parameters; a server may cite values
/// in its own message.
public struct PostgreSQLError: Error, Sendable, Hashable {
    /// Where it failed, and so what may help.
    public enum Kind: Sendable, Hashable {
        /// The address is malformed: only another address helps.
        case address
        /// No server accepted the connection; `sqlState` is set if a server refused it.
        case connect
        /// No answer came in time. The connection is closed, and whether the statement took effect is unknown.
        case deadline
        /// The connection broke. Whether a statement under way took effect is unknown.
        case lost
        /// The server refused a statement; the connection works on.
        case server
        /// The caller's fault, such as a second statement before the first one's result.
        case misuse
    }

    public let kind: Kind
    /// The server's code ("PostgreSQL Error Codes" in its manual), such as 23505 for `unique_violation`.
    public let sqlState: String?
    /// What went wrong, in the words of the server, libpq or this wrapper.
    public let message: String

    public init(_ kind: Kind, _ message: String, sqlState: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
    }

    /// Whether the server asks for credentials, and refuses or lacks them (class 28).
    public var isRefusedLogin: Bool { sqlState?.hasPrefix("28") == true }

    /// Whether the right to do it is missing (42501 `insufficient_privilege`).
    public var isMissingRight: Bool { sqlState == "42501" }

    /// Whether a later attempt may succeed without a person: no connection, a server that starts, is full or was told to
    /// stop, a lock, a serialization failure.
    public var mayPass: Bool {
        switch kind {
        case .address, .misuse: false
        case .deadline, .lost: true
        case .connect, .server:
            // Classes: connection, resources, operator, rollback, lock not available, system error.
            sqlState.map { ["08", "53", "57", "40", "55", "58"].contains($0.prefix(2)) } ?? (kind == .connect)
        }
    }

    /// The message without libpq's name of the server, such as `FATAL: the database system is starting up`; of several
    /// servers the last.
    public var reason: String {
        let last = message.ranges(of: "connection to server ").last
        return message[(last?.upperBound ?? message.startIndex)...].firstRange(of: " failed: ")
            .map { String(message[$0.upperBound...]) } ?? message
    }

    /// The system's error in libpq's words, which report it as text alone.
    public var systemError: Int32? {
        guard kind == .connect || kind == .lost, sqlState == nil else { return nil }
        return [
            ECONNREFUSED, ENOENT, EACCES, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ECONNRESET, EMFILE, ENFILE, ENOMEM,
            ENOBUFS, EADDRNOTAVAIL,
        ].first { message.contains(Errno("", code: $0).message) }
    }
}

extension PostgreSQLError: CustomStringConvertible {
    /// The message, and the code if there is one.
    public var description: String {
        sqlState.map { "PostgreSQL: \(message) (SQLSTATE \($0))" } ?? "PostgreSQL: \(message)"
    }
}
