/// The part of a URL that may be shown: scheme, host and port.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The scheme in lower case.
    package let scheme: String
    /// The host in ASCII, an IPv6 address in brackets.
    package let host: String
    /// The port, the scheme's own when the URL has none.
    package let port: String

    init(scheme: String, host: String, port: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// Scheme, host and port, written as a URL.
    package var description: String { "\(scheme)://\(host):\(port)" }

    /// Whether the host is this machine itself, which no proxy can reach for it.
    package var isLoopback: Bool {
        host.lowercased() == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && isIPv4)
    }

    /// Whether the host is a name, which needs a lookup.
    package var isName: Bool { !host.hasPrefix("[") && !isIPv4 }

    private var isIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
