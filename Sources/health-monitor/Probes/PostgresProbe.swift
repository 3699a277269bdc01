import KeepAliveCurl
import KeepAliveKit

/// Asks whether a PostgreSQL server accepts connections, like `pg_isready`: type `postgres`.
///
/// - `host` (localhost), or the folder of its Unix socket, such as `/var/run/postgresql`; `port` (5432).
/// - `user` (postgres), `database` (by default the user): sent to the server, which logs a line if they do not exist.
///   No password is needed.
struct PostgresProbe: Probe {
    static let type = "postgres"

    private let peer: PeerAddress
    private let startup: [UInt8]

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
        startup = PostgresMessage.startup(user: user, database: database)
    }

    var isLocal: Bool { peer.host.hasPrefix("/") || peer.isLocal }

    var address: String { socketPath ?? "postgres://\(peer.description)" }

    private var socketPath: String? {
        peer.host.hasPrefix("/") ? "\(peer.host)/.s.PGSQL.\(peer.port)" : nil
    }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        var exchange = peer.exchange(startup, timeout: timeout) { PostgresMessage.isComplete($0) }
        if let socketPath {
            exchange.host = "localhost"
            exchange.unixSocketPath = socketPath
        }
        do {
            let reply = try await tools.client.exchange(exchange)
            let (status, message) = PostgresMessage.verdict(on: reply.bytes)
            return ProbeResult(status: status, message: message, responseTime: reply.elapsed)
        } catch {
            return await .failed(error, timeout: timeout, tools)
        }
    }
}
