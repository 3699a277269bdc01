import CCurl

/// The part of a URL that is fit to be shown: scheme, host and port.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The scheme in lower case.
    package let scheme: String
    /// The host, an IPv6 address in brackets.
    package let host: String
    /// The port, the scheme's own when the URL has none.
    package let port: String

    /// Takes the endpoint out of an absolute URL with libcurl's own parser (curl_url_set(3)).
    ///
    /// Throws `invalidRequest` when the URL is malformed or of another scheme than the given ones.
    package init(url: String, schemes: Set<String> = ["http", "https"]) throws(HTTPClientError) {
        guard !url.utf8.contains(0) else { throw Self.invalid("the URL holds a NUL character") }
        guard let handle = curl_url() else {
            throw HTTPClientError(
                kind: .other(code: CURLE_OUT_OF_MEMORY.code), message: HTTPClientError.words(for: CURLE_OUT_OF_MEMORY))
        }
        defer { curl_url_cleanup(handle) }
        switch curl_url_set(handle, CURLUPART_URL, url, 0) {
        case CURLUE_OK: break
        case CURLUE_UNSUPPORTED_SCHEME: throw Self.invalid(HTTPClientError.words(for: CURLE_UNSUPPORTED_PROTOCOL))
        default: throw Self.invalid(HTTPClientError.words(for: CURLE_URL_MALFORMAT))
        }
        guard let scheme = Self.part(CURLUPART_SCHEME, of: handle)?.lowercased(),
            let host = Self.part(CURLUPART_HOST, of: handle), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: handle)
        else { throw Self.invalid(HTTPClientError.words(for: CURLE_URL_MALFORMAT)) }
        guard schemes.contains(scheme) else {
            throw Self.invalid(HTTPClientError.words(for: CURLE_UNSUPPORTED_PROTOCOL))
        }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// Scheme, host and port, written as a URL.
    package var description: String { "\(scheme)://\(host):\(port)" }

    /// Whether the host is this machine itself, which no proxy can stand for.
    package var isLoopback: Bool {
        host.lowercased() == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && isIPv4)
    }

    private var isIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func part(_ what: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, what, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func invalid(_ reason: String) -> HTTPClientError {
        HTTPClientError(kind: .invalidRequest, message: reason)
    }
}
