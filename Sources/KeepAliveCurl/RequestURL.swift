import CKeepAliveCurl

/// A valid absolute URL of a request, checked and written in libcurl's form.
///
/// Its text is ASCII: a host in other letters is written as `xn--…`, other bytes of path and query as `%…`. Without a
/// user it has no password either. Errors quote nothing of the URL, which may hold secrets.
package struct RequestURL: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let endpoint: Endpoint
    /// The URL itself; secret, with its credentials.
    package let text: String
    /// `user:password`, percent-encoded; nil without a user.
    private let userInfo: String?

    /// Checks a URL.
    ///
    /// - Throws: `invalidRequest` with the fault.
    package init(_ url: String, schemes: Set<String> = ["http", "https"]) throws(HTTPClientError) {
        let bytes = Array(url.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            throw Self.invalid("it does not begin with \(Self.beginnings(schemes))")
        }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard schemes.contains(scheme) else { throw Self.invalid("it does not begin with \(Self.beginnings(schemes))") }
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw Self.invalid("it holds a blank or a control character: write them as %…")
        }
        let rest = bytes[(colon + 3)...]
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        guard !authority.contains(UInt8(ascii: "\\")) else { throw Self.invalid("a backslash stands before its path") }
        let parts = try Self.split(authority)
        self.userInfo = parts.userInfo
        let host: String
        switch HostName.checked(parts.host) {
        case .success(let name): host = name
        case .failure(let fault): throw Self.invalid(fault.words)
        }
        let port = try parts.port.map(Self.port) ?? Self.usualPorts[scheme] ?? ""
        endpoint = Endpoint(scheme: scheme, host: host, port: port)
        let path = Self.encoded(rest.dropFirst(authority.count))
        text = "\(scheme)://\(userInfo.map { "\($0)@" } ?? "")\(host):\(port)\(path)"
        // libcurl checks last, so that no URL passes here and fails there.
        guard let handle = CurlURL() else {
            throw HTTPClientError(kind: .other(code: CURLE_OUT_OF_MEMORY.code), message: CURLE_OUT_OF_MEMORY.words)
        }
        guard handle.set(text) else { throw Self.invalid(CURLE_URL_MALFORMAT.words) }
    }

    /// The target of a `Location` relative to this URL. Its own credentials count; without any, this URL's credentials
    /// go to an equal endpoint.
    ///
    /// - Throws: `invalidRequest` if the target is no web address.
    package func redirected(to location: String) throws(HTTPClientError) -> RequestURL {
        let target = try RequestURL(try absolute(location))
        guard target.userInfo == nil, let userInfo, target.endpoint == endpoint else { return target }
        return try RequestURL(target.text.replacing("://", with: "://\(userInfo)@", maxReplacements: 1))
    }

    private func absolute(_ location: String) throws(HTTPClientError) -> String {
        let bytes = location.utf8
        if bytes.starts(with: "//".utf8) { return "\(endpoint.scheme):\(location)" }
        // RFC 3986, section 4.1: a colon before any slash ends a scheme.
        let beginning = bytes.prefix { !"/?#".utf8.contains($0) }
        if beginning.contains(UInt8(ascii: ":")) { return location }
        guard let handle = CurlURL() else { throw HTTPClientError(multiCode: CURLM_OUT_OF_MEMORY) }
        guard handle.set("\(endpoint)\(pathAndQuery)"), handle.set(Self.encoded(Array(bytes)[...])),
            let joined = handle.text
        else { throw Self.invalid("it redirects to something that is not a web address") }
        return joined
    }

    private var pathAndQuery: Substring {
        let start =
            text.utf8.count
            - (text.utf8.dropFirst(endpoint.scheme.utf8.count + 3).drop { !"/?#".utf8.contains($0) }).count
        return Substring(text.utf8.dropFirst(start))
    }

    package var description: String { endpoint.description }
    package var debugDescription: String { description }

    // MARK: Parts

    private static func split(
        _ authority: ArraySlice<UInt8>
    ) throws(HTTPClientError) -> (userInfo: String?, host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        var userInfo: String?
        var rest = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            let information = authority[..<at]
            guard !information.contains(UInt8(ascii: "@")) else {
                throw invalid("there is more than one @ before its path: write each @ of a password as %40")
            }
            // Without a user there is no login.
            if let first = information.first, first != UInt8(ascii: ":") { userInfo = encoded(information) }
            rest = authority[(at + 1)...]
        }
        let end: Int
        if rest.first == UInt8(ascii: "[") {
            guard let bracket = rest.firstIndex(of: UInt8(ascii: "]")) else { throw invalid("a bracket is not closed") }
            end = bracket + 1
        } else {
            end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
        }
        guard end < rest.endIndex else { return (userInfo, rest, nil) }
        guard rest[end] == UInt8(ascii: ":") else { throw invalid("something other than a port follows its host") }
        let port = rest[(end + 1)...]
        return (userInfo, rest[..<end], port.isEmpty ? nil : port)
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws(HTTPClientError) -> String {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self)),
            port > 0
        else { throw invalid("its port is not a number from 1 to 65535") }
        return String(port)
    }

    /// The bytes, with non-ASCII bytes as `%…`.
    private static func encoded(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return String(decoding: bytes, as: UTF8.self) }
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text += byte < 0x80 ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let usualPorts = ["http": "80", "https": "443", "smtp": "25", "smtps": "465"]

    private static func beginnings(_ schemes: Set<String>) -> String {
        schemes.sorted().map { "\($0)://" }.joined(separator: " or ")
    }

    private static func invalid(_ reason: String) -> HTTPClientError {
        HTTPClientError(kind: .invalidRequest, message: reason)
    }
}

extension Endpoint {
    /// Takes the endpoint from an absolute URL, checked as `RequestURL` does.
    ///
    /// Throws `invalidRequest` when the URL is malformed or has another scheme than the given ones; its reason names
    /// the fault and quotes nothing.
    package init(url: String, schemes: Set<String> = ["http", "https"]) throws(HTTPClientError) {
        self = try RequestURL(url, schemes: schemes).endpoint
    }

    /// The endpoint of a host's name or address, an IPv6 address with or without brackets.
    package init(host: String, port: Int = 80, usesTLS: Bool = false) throws(HTTPClientError) {
        let hasPort = host.utf8.count { $0 == UInt8(ascii: ":") } == 1
        guard !host.utf8.contains(where: { "/@?#\\ ".utf8.contains($0) }), host.hasPrefix("[") || !hasPort else {
            throw HTTPClientError(kind: .invalidRequest, message: "it is not a host's name or address")
        }
        let isAddress = host.contains(":") && !host.hasPrefix("[")
        self = try Endpoint(url: "\(usesTLS ? "https" : "http")://\(isAddress ? "[\(host)]" : host):\(port)")
    }
}
