/// One HTTP request to send with `HTTPClient`.
///
/// A plain value: safe to use from any thread. It is checked when it is sent, not when it is made.
public struct HTTPClientRequest: Sendable {
    /// The method, sent as written: `"GET"`, `"HEAD"`, `"POST"` and so on, but not `"CONNECT"`.
    public var method: String
    /// The absolute URL, of scheme `http` or `https`. Non-ASCII letters become `xn--…` in the host, otherwise `%…`.
    public var url: String
    /// The header fields in the order to send them. Names may repeat; an empty value sends an empty field.
    ///
    /// The client sets `Content-Length`, `Transfer-Encoding` and `Expect` itself; here they make the request invalid.
    public var headers: [(name: String, value: String)]
    /// The body, sent with its length. Nil sends none; `POST`, `PUT` and `PATCH` then send a length of 0.
    public var body: [UInt8]?
    /// The longest that the whole transfer may take, from start to last byte; clamped to 1 ms ... 24 days.
    public var timeout: Duration
    /// The longest that connecting may take, lookup and TLS handshake included; clamped to 1 ms ... 24 days.
    public var connectTimeout: Duration
    /// The largest body to accept, in bytes; negative means 0.
    public var maximumResponseBytes: Int
    /// Whether a larger body is cut off there, instead of an error.
    public var truncatesBody = false
    /// Whether the head of a 2xx answer is enough: a body that breaks off, or never ends, is then no error.
    public var headSuffices = false
    /// The path of a Unix socket to connect to instead of the URL's host (CURLOPT_UNIX_SOCKET_PATH(3)).
    public var unixSocketPath: String?
    /// The path of a PEM file of certificate authorities to trust instead of the client's.
    public var caFile: String?
    /// Whether to report when the server's certificate ends. This makes a new connection each time, because a kept
    /// connection or a resumed TLS session has the certificate of its first day.
    public var wantsCertificate = false
    /// Whether to decode a compressed body that was not requested; a coding unknown to libcurl is no failure.
    package var decodesBody = false
    /// Whether the path is sent as it is; otherwise libcurl resolves segments such as `..` and `%2E%2E`.
    package var keepsPath = false
    /// The cookies to start with, from an earlier response; nil keeps no cookies.
    package var cookies: [String]?

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - url: The absolute URL, of scheme `http` or `https`.
    ///   - method: The method; by default `GET`.
    ///   - headers: The header fields; by default none.
    ///   - body: The body; by default none.
    ///   - timeout: The longest that the whole transfer may take; by default 30 s.
    ///   - connectTimeout: The longest that connecting may take; by default 10 s.
    ///   - maximumResponseBytes: The largest body to accept; by default 8 MiB.
    public init(
        url: String,
        method: String = "GET",
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(10),
        maximumResponseBytes: Int = 8 * 1024 * 1024
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumResponseBytes = maximumResponseBytes
    }
}

extension HTTPClientRequest: CustomStringConvertible, CustomDebugStringConvertible {
    /// Scheme, host and port only, since paths, headers and bodies carry secrets.
    public var description: String {
        let endpoint = (try? Endpoint(url: url))?.description ?? "an invalid URL"
        return "HTTP request to \(endpoint)"
    }

    /// Equal to `description`.
    public var debugDescription: String { description }
}
