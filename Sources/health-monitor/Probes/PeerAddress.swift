import KeepAliveCurl
import KeepAliveKit

/// The address of a server with its own protocol: `host` and `port`, with `tls` and `caFile`.
struct PeerAddress: Sendable {
    let host: String
    let port: Int
    let usesTLS: Bool
    let caFile: String?

    /// - Parameter port: the protocol's default; nil makes the key required.
    init(reading section: ConfigurationSection, port usual: Int?, host usualHost: String? = nil) {
        host = usualHost.map { section.string("host", default: $0) } ?? section.string("host")
        if usual == nil, !section.has("port") { section.refuse("port", "is missing: give a whole number") }
        port = section.integer("port", in: 1...65_535, default: usual ?? 1)
        usesTLS = section.flag("tls", default: false)
        caFile = section.certificateFile("caFile")
        if !host.isEmpty, !host.hasPrefix("/") {
            do throws(HTTPClientError) {
                _ = try Endpoint(host: host)
            } catch {
                // The part before an @ may be a password.
                let shown = host.contains("@") ? "it" : "\"\(host.prefix(60))\""
                section.refuse("host", "\(shown) is not a host's name or address: \(error.reason)")
            }
        }
    }

    var description: String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    var isLocal: Bool { isLoopback(host: host) }

    func exchange(
        _ bytes: [UInt8] = [], timeout: Duration, isComplete: (@Sendable ([UInt8]) -> Bool)? = nil
    ) -> SocketExchange {
        var exchange = SocketExchange(host: host, port: port, bytes: bytes, timeout: timeout, isComplete: isComplete)
        exchange.usesTLS = usesTLS
        exchange.caFile = caFile
        return exchange
    }
}
