/// The answer to one HTTP request.
///
/// A plain value: safe to use from any thread.
public struct HTTPClientResponse: Sendable {
    /// The status code, such as 200; no status is an error to the client.
    public let status: Int
    /// The header fields in the order received, without those of interim (1xx) answers and without trailers.
    public let headers: [(name: String, value: String)]
    /// The body as received, less any chunked coding; a compressed one is expanded only where the request wants that.
    public let body: [UInt8]
    /// How long the transfer took from its start to the last byte, to the microsecond (CURLINFO_TOTAL_TIME_T).
    public let elapsed: Duration
    /// Where the answer redirects to, as an absolute URL, or nil when it does not (CURLINFO_REDIRECT_URL).
    public let redirectURL: String?
    /// When the server's certificate, or the first of its chain, ends, in seconds since 1970, when the request wanted that and there is one.
    public let certificateEnd: Int64?

    /// Whether the body went on after what was kept of it.
    package var isCutOff = false
    /// Whether the body is not coded as the response says, and so is missing or not complete.
    package var isUndecodable = false
    /// The cookies that the transfer ended with, for the request that follows; secrets.
    package var cookies: [String] = []

    /// The server's certificate, when the request wanted that and there is one.
    package var certificate: Certificate?

    /// Makes a response, for instance for a test of code that takes one.
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
