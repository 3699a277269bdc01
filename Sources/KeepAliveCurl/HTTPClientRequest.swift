/// One HTTP request to send with `HTTPClient`.
///
/// A plain value: safe to use from any thread. It is checked when it is sent, not when it is made.
public struct HTTPClientRequest: Sendable {
    /// The method, sent as it is written: `"GET"`, `"HEAD"`, `"POST"` and so on, but not `"CONNECT"`.
    public var method: String
    /// The absolute URL, of scheme `http` or `https`. Letters beyond ASCII are encoded on the way: `xn--…` in the host, `%…` else.
    public var url: String
    /// The header fields in the order to send them. Names may repeat; an empty value sends an empty field.
    ///
    /// `Content-Length`, `Transfer-Encoding` and `Expect` are the client's own and make the request invalid.
    public var headers: [(name: String, value: String)]
    /// The body, sent with its length. Nil sends none, though `POST`, `PUT` and `PATCH` then say that it is empty.
    public var body: [UInt8]?
    /// The longest that the whole transfer may take, from start to last byte; clamped to 1 ms ... 24 days.
    public var timeout: Duration
    /// The longest that connecting may take, lookup and TLS handshake included; clamped to 1 ms ... 24 days.
    public var connectTimeout: Duration
    /// The largest body to accept, in bytes; negative means 0.
    public var maximumResponseBytes: Int
    /// Whether a body that is larger than that is cut off there, rather than an error.
    public var truncatesBody = false
    /// Whether the head of an answer of 2xx is enough: that its body breaks off, or never ends, is no error then.
    public var headSuffices = false
    /// The path of a Unix socket to connect to in place of the URL's host (CURLOPT_UNIX_SOCKET_PATH(3)).
    public var unixSocketPath: String?
    /// The path of a PEM file of certificate authorities to trust in place of the client's.
    public var caFile: String?
    /// Whether to tell when the server's certificate ends, which takes a new connection each time: one that was kept, or a
    /// resumed TLS session, has the certificate of its first day.
    public var wantsCertificate = false
    /// Whether a compressed body is decoded, though nothing asks for one; a coding that libcurl does not know is no failure.
    package var decodesBody = false
    /// The cookies to begin with, as an earlier response has given them; nil keeps no cookies.
    package var cookies: [String]?

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - url: The absolute URL, of scheme `http` or `https`.
    ///   - method: The method, `GET` unless told.
    ///   - headers: The header fields, none unless told.
    ///   - body: The body, none unless told.
    ///   - timeout: The longest that the whole transfer may take; 30 s unless told.
    ///   - connectTimeout: The longest that connecting may take; 10 s unless told.
    ///   - maximumResponseBytes: The largest body to accept; 8 MiB unless told.
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

    /// The same as `description`.
    public var debugDescription: String { description }
}
