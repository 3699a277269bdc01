import KeepAlivePlatform

/// What `HOST` asks to listen on. Pure.
package enum ListenHost: Equatable, Sendable {
    /// All interfaces, IPv6 and IPv4.
    case everywhere
    /// A number or a name, without brackets.
    case named(String)

    /// - Parameter text: what was configured; nil, an empty one, and every usual way to write "any address" is everywhere.
    package init(_ text: String?) {
        var name = (text ?? "").lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        switch name {
        case "", "*", "any", "0", "0.0.0.0", "::": self = .everywhere
        default: self = .named(name)
        }
    }

    /// Whether a program on this machine reaches it as localhost.
    package var isLocal: Bool {
        switch self {
        case .everywhere: true
        case .named(let name): SocketAddress.isLocalhost(name) || name == "127.0.0.1" || name == "::1"
        }
    }
}
