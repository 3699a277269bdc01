/// The part of a URL that is fit to be shown: scheme, host and port.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The scheme in lower case.
    package let scheme: String
    /// The host, an IPv6 address in brackets; in ASCII.
    package let host: String
    /// The port, the scheme's own when the URL has none.
    package let port: String

    init(scheme: String, host: String, port: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// Takes the endpoint out of an absolute URL, checked as `RequestURL` does.
    ///
    /// Throws `invalidRequest` when the URL is malformed or of another scheme than the given ones; its reason says what is
    /// wrong, and quotes nothing.
    package init(url: String, schemes: Set<String> = ["http", "https"]) throws(HTTPClientError) {
        self = try RequestURL(url, schemes: schemes).endpoint
    }

    /// The same for a host's name or address, an IPv6 address with or without brackets.
    package init(host: String, port: Int = 80, usesTLS: Bool = false) throws(HTTPClientError) {
        guard !host.utf8.contains(where: { "/@?#\\ ".utf8.contains($0) }), host.hasPrefix("[") || !Self.hasPort(host)
        else { throw HTTPClientError(kind: .invalidRequest, message: "it is not a host's name or address") }
        let isAddress = host.contains(":") && !host.hasPrefix("[")
        self = try Endpoint(url: "\(usesTLS ? "https" : "http")://\(isAddress ? "[\(host)]" : host):\(port)")
    }

    private static func hasPort(_ host: String) -> Bool { host.utf8.count { $0 == UInt8(ascii: ":") } == 1 }

    /// Scheme, host and port, written as a URL.
    package var description: String { "\(scheme)://\(host):\(port)" }

    /// Whether the host is this machine itself, which no proxy can stand for.
    package var isLoopback: Bool {
        host.lowercased() == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && isIPv4)
    }

    /// Whether the host is a name, which has to be looked up.
    package var isName: Bool { !host.hasPrefix("[") && !isIPv4 }

    private var isIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
