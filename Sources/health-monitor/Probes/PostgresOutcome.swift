import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// What an attempt to connect to PostgreSQL shows about the server. Pure.
struct PostgresOutcome: Sendable {
    /// Nil: it accepted the connection.
    var failure: PostgreSQLError?
    /// Whether it asked for a password, or accepted the login.
    var wasAnswered = false
    var took: Duration?
    /// The message for a server that does not answer in time.
    var words: String

    /// Whether the name of the host is in doubt.
    var isUnresolved: Bool {
        guard let failure, failure.sqlState == nil else { return false }
        return took == nil || failure.message.contains("could not translate host name")
            || failure.message.contains("no name server answered")
    }

    var verdict: ProbeResult {
        if let shortage = failure?.systemError.flatMap({ Shortage.words($0) }) { return .short(of: shortage) }
        let (status, message) = judgement
        return ProbeResult(status: status, message: message, responseTime: status == .unhealthy ? nil : took)
    }

    private var judgement: (ProbeStatus, String) {
        guard let failure, !wasAnswered else { return (.healthy, "it accepts connections") }
        let told = failure.reason.replacing("FATAL: ", with: "").line(limit: 200)
        let reason = told.isEmpty ? "no reason given" : told
        switch failure.sqlState {
        case "57P03"?, "57P01"?, "57P02"?: return (.unhealthy, "it refuses connections: \(reason)")
        case "53300"?: return (.degraded, "it has no connection left: \(reason)")
        // Wrong user, wrong database or no access: the server itself works.
        case .some: return (.healthy, "it accepts connections")
        case nil: break
        }
        if failure.kind == .deadline { return (.unhealthy, words) }
        if let code = failure.systemError { return (.unhealthy, Self.lowercased(Errno("connect", code: code).message)) }
        let patterns: [(words: String, meaning: String)] = [
            ("could not translate host name", "the host name cannot be resolved"),
            ("expected authentication request from server", "another program answers, not PostgreSQL"),
            ("invalid authentication request", "another program answers, not PostgreSQL"),
            ("invalid response to", "another program answers, not PostgreSQL"),
            ("server closed the connection", "the connection was closed without an answer"),
            ("could not fork", "it refuses connections: \(reason)"),
        ]
        for pattern in patterns where failure.message.contains(pattern.words) { return (.unhealthy, pattern.meaning) }
        // A kind of login that libpq lacks here: the server has asked for it.
        if reason.contains("authentication") || reason.contains("GSSAPI") {
            return (.healthy, "it accepts connections")
        }
        return (.unhealthy, told.isEmpty ? "it refuses connections: \(reason)" : reason)
    }

    private static func lowercased(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
