/// What `FakeTelegram` does to a call instead of simply answering it.
///
/// Faults of the answer — truncated, malformed, dripping, reset — let the call take effect: a message is recorded
/// as sent although the bot does not learn so. All others keep it from taking effect. A faulty `getUpdates` does not
/// wait for updates, lest the fault come only with the next one.
public enum Fault: Sendable {
    /// An error such as 401, 409 or 500, also as HTTP status; a missing description becomes the usual one.
    case status(Int, description: String? = nil, parameters: JSON? = nil)
    /// An answer that is not of the Bot API, such as the HTML page of a proxy.
    case page(status: Int, contentType: String, body: [UInt8])
    /// The answer breaks off within its JSON, though the HTTP message is complete.
    case truncatedJSON
    /// The answer is no JSON.
    case malformedJSON
    /// These bytes as body of an answer with status 200.
    case rawBody([UInt8])
    /// The answer comes byte by byte, with this time between two.
    case drip(byteInterval: Duration)
    /// The answer comes byte by byte, spread evenly over this time.
    case dripOver(Duration)
    /// The connection is reset in the middle of the answer.
    case reset
    /// The connection is closed without an answer.
    case close
    /// No answer until `releaseHanging(_:)`, after which the call is carried out and answered as usual.
    case hang
    /// `{"ok":true}` with this result.
    case result(JSON)

    /// 429, with the time to wait in seconds.
    public static func tooManyRequests(retryAfter: Int) -> Fault {
        .status(429, parameters: ["retry_after": .integer(Int64(retryAfter))])
    }

    /// 409, as when another process polls with the same token.
    public static var conflict: Fault { .status(409) }

    /// 502, with the HTML page of the proxy before the real servers.
    public static var badGateway: Fault {
        let body = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
        return .page(status: 502, contentType: "text/html", body: Array(body.utf8))
    }

    /// Whether the call has its effect all the same.
    var takesEffect: Bool {
        switch self {
        case .truncatedJSON, .malformedJSON, .drip, .dripOver, .reset: true
        default: false
        }
    }
}
