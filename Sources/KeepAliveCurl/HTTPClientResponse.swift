/// The answer to one HTTP request.
///
/// A plain value: safe to use from any thread.
public struct HTTPClientResponse: Sendable {
    /// The status code, such as 200; no status is an error to the client.
    public let status: Int
    /// The header fields in the order received, without interim (1xx) answers and trailers.
    public let headers: [(name: String, value: String)]
    /// The body as received, without chunked coding; a compressed body is decoded only if the request asks for it.
    public let body: [UInt8]
    /// How long the transfer took from its start to the last byte, to the microsecond (CURLINFO_TOTAL_TIME_T).
    public let elapsed: Duration
    /// The target of a redirect, as an absolute URL, or nil when there is none (CURLINFO_REDIRECT_URL).
    public let redirectURL: String?
    /// The earliest end of a certificate in the server's chain, in seconds since 1970; nil if not wanted or without
    /// TLS.
    public let certificateEnd: Int64?

    /// Whether the body was longer than the kept part.
    package var isCutOff = false
    /// Whether the body's coding differs from the response's claim, so that the body is missing or incomplete.
    package var isUndecodable = false
    /// The cookies at the end of the transfer, for the next request; secrets.
    package var cookies: [String] = []

    /// The server's certificate, if the request wanted it and there is one.
    package var certificate: Certificate?

    /// Makes a response, for instance to test code that takes one.
    public init(
        status: Int, headers: [(name: String, value: String)], body: [UInt8], elapsed: Duration,
        redirectURL: String? = nil, certificateEnd: Int64? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.elapsed = elapsed
        self.redirectURL = redirectURL
        self.certificateEnd = certificateEnd
    }

    /// The value of the first header field of this name, ASCII case ignored, or nil when there is none.
    public func header(_ name: String) -> String? {
        headers.first { Self.isSame($0.name, name) }?.value
    }

    /// The values of all header fields of this name, ASCII case ignored, in the order received.
    public func headerValues(_ name: String) -> [String] {
        headers.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }
}
