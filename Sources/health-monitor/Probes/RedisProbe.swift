import KeepAliveCurl
import KeepAliveKit

/// Sends PING to a Redis server, or to a compatible server: type `redis`.
///
/// - `host` (localhost), `port` (6379); `tls` (false), `caFile`.
/// - `password`, and `user` if it is not the default. Without them a server that requires a password is still healthy:
///   it answers.
struct RedisProbe: Probe {
    static let type = "redis"

    private let peer: PeerAddress
    private let command: [UInt8]
    private let hasPassword: Bool

    init(reading section: ConfigurationSection) {
        peer = PeerAddress(reading: section, port: 6379, host: "localhost")
        let password = section.optionalString("password")
        let user = section.optionalString("user")
        if user != nil, password == nil { section.refuse("user", "there is no password with it") }
        hasPassword = password != nil
        command =
            (password.map { RedisReply.command(["AUTH"] + (user.map { [$0] } ?? []) + [$0]) } ?? [])
            + RedisReply.command(["PING"])
    }

    var isLocal: Bool { peer.isLocal }
    var address: String { "redis://\(peer.description)" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let lines = hasPassword ? 2 : 1
        let exchange = peer.exchange(command, timeout: timeout) { RedisReply.isComplete($0, lines: lines) }
        do {
            let reply = try await tools.client.exchange(exchange)
            let (status, message) = RedisReply.verdict(on: reply.bytes, afterPassword: hasPassword)
            return ProbeResult(status: status, message: message, responseTime: reply.elapsed)
        } catch {
            return await .failed(error, timeout: timeout, tools)
        }
    }
}
