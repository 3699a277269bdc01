import KeepAlivePlatform

/// The meaning of `HOST`. Pure.
package enum ListenHost: Equatable, Sendable {
    /// All interfaces, IPv6 and IPv4.
    case everywhere
    /// A number or a name, without brackets.
    case named(String)

    /// - Parameter text: the configured value; nil, "" and every usual form of "any address" mean everywhere.
    package init(_ text: String?) {
        var name = (text ?? "").lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        switch name {
        case "", "*", "any", "0", "0.0.0.0", "::": self = .everywhere
        default: self = .named(name)
        }
    }

    /// Whether local programs reach it as localhost.
    package var isLocal: Bool {
        switch self {
        case .everywhere: true
        case .named(let name): SocketAddress.isLocalhost(name) || name == "127.0.0.1" || name == "::1"
        }
    }
}
