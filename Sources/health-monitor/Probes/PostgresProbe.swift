import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Asks whether a PostgreSQL server accepts connections, like `pg_isready`: type `postgres`.
///
/// - `host` (localhost), or the folder of its Unix socket, such as `/var/run/postgresql`; `port` (5432).
/// - `user` (postgres), `database` (by default the user): sent to the server, which logs a line if they do not exist.
///   No password is needed.
struct PostgresProbe: Probe {
    static let type = "postgres"

    private let peer: PeerAddress
    private let server: PostgreSQLAddress
    /// The resolver, which libpq asks, may hang.
    private let thread = BlockingCall()

    init(reading section: ConfigurationSection) {
        peer = PeerAddress(reading: section, port: 5432, host: "localhost")
        let user = section.string("user", default: "postgres")
        let database = section.string("database", default: user)
        for (key, value) in [("user", user), ("database", database)]
        where value.utf8.contains(0) || value.utf8.count > 63 {
            section.refuse(key, "it is over 63 bytes, or holds a NUL character")
        }
        if peer.usesTLS {
            // It would have to begin in PostgreSQL's own way; a server that insists on it answers without it too.
            section.refuse("tls", "remove it: a server that requires TLS answers without it, too, and that is enough")
        }
        let isBracketed = peer.host.hasPrefix("[") && peer.host.hasSuffix("]")
        server = PostgreSQLAddress(
            host: isBracketed ? String(peer.host.dropFirst().dropLast()) : peer.host,
            port: UInt16(clamping: peer.port), user: user, database: database,
            settings: ["sslmode": "disable"])
    }

    var isLocal: Bool { peer.host.hasPrefix("/") || peer.isLocal }

    var address: String {
        peer.host.hasPrefix("/") ? "\(peer.host)/.s.PGSQL.\(peer.port)" : "postgres://\(peer.description)"
    }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let outcome: PostgresOutcome
        do throws(BlockingCall.Failure) {
            outcome = try await thread.run(timeout: timeout) { [server] in Self.look(at: server, timeout: timeout) }
        } catch {
            if case .noThread = error { return .failed(error, .unknown, error.description) }
            outcome = PostgresOutcome(failure: PostgreSQLError(.deadline, error.description), words: error.description)
        }
        guard outcome.isUnresolved, !peer.host.hasPrefix("/"), !peer.isLocal else { return outcome.verdict }
        return await NameLookup.verdict(
            on: peer.host, words: outcome.verdict.message, hasConnectivity: tools.hasConnectivity)
    }

    /// Connects and leaves at once. Blocks.
    private static func look(at server: PostgreSQLAddress, timeout: Duration) -> PostgresOutcome {
        let start = MonotonicTime.now()
        let connection = PostgreSQLConnection(to: server, application: "health-monitor", within: timeout)
        defer { connection.close() }
        var failure: PostgreSQLError?
        do throws(PostgreSQLError) { try connection.open() } catch { failure = error }
        return PostgresOutcome(
            failure: failure, wasAnswered: connection.wasAnswered, took: MonotonicTime.now().since(start),
            words: BlockingCall.Failure.late(timeout).description)
    }
}
