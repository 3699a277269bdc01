/// A fault that `FakeTelegram` applies to a call instead of a normal answer.
///
/// After a faulty answer (truncated, malformed, dripping, reset) the call has its effect: a message is recorded as sent
/// although the bot does not know. All other faults prevent the effect. A faulty `getUpdates` does not wait for
/// updates, because the fault would come only with the next one.
public enum Fault: Sendable {
    /// An error such as 401, 409 or 500, also as HTTP status; without a description it gets the usual one.
    case status(Int, description: String? = nil, parameters: JSON? = nil)
    /// An answer that is not from the Bot API, such as a proxy's HTML page.
    case page(status: Int, contentType: String, body: [UInt8])
    /// The JSON is truncated, but the HTTP message is complete.
    case truncatedJSON
    /// The answer is not JSON.
    case malformedJSON
    /// Status 200 with these bytes as body.
    case rawBody([UInt8])
    /// The answer arrives byte by byte, at this interval.
    case drip(byteInterval: Duration)
    /// The answer arrives byte by byte, evenly over this time.
    case dripOver(Duration)
    /// The connection is reset in the middle of the answer.
    case reset
    /// The connection is closed without an answer.
    case close
    /// No answer until `releaseHanging(_:)`; then the call is carried out and answered normally.
    case hang
    /// `{"ok":true}` with this result.
    case result(JSON)

    /// 429, with the delay in seconds.
    public static func tooManyRequests(retryAfter: Int) -> Fault {
        .status(429, parameters: ["retry_after": .integer(Int64(retryAfter))])
    }

    /// 409, as for another process that polls with this token.
    public static var conflict: Fault { .status(409) }

    /// 502, with the HTML page of the proxy in front of the real servers.
    public static var badGateway: Fault { .proxyPage(502, "Bad Gateway") }

    /// The HTML page of a proxy, with this status.
    public static func proxyPage(_ status: Int, _ title: String) -> Fault {
        let body = "<html>\r\n<head><title>\(status) \(title)</title></head>\r\n<body></body>\r\n</html>\r\n"
        return .page(status: status, contentType: "text/html", body: Array(body.utf8))
    }

    /// Whether the call has its effect anyway.
    var takesEffect: Bool {
        switch self {
        case .truncatedJSON, .malformedJSON, .drip, .dripOver, .reset: true
        default: false
        }
    }
}
