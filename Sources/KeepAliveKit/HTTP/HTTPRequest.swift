/// What the server needs to know of one request. Places are offsets into the bytes it was parsed from.
package struct HTTPRequest: Equatable, Sendable {
    package enum Method: Equatable, Sendable {
        case get, head, post, other
    }

    /// Header fields that tell a browser's or a proxy's request from one made on this machine.
    struct Markers: OptionSet, Equatable, Sendable {
        let rawValue: UInt16
        static let origin = Markers(rawValue: 1)
        /// Any `Sec-Fetch-…`.
        static let secFetch = Markers(rawValue: 2)
        static let forwarded = Markers(rawValue: 4)
        /// Any `X-Forwarded-…`.
        static let xForwarded = Markers(rawValue: 8)
        static let via = Markers(rawValue: 16)
        /// No browser speaks HTTP/1.0; a proxy that tells nothing of itself, as nginx is without settings, did for long.
        static let http10 = Markers(rawValue: 32)
        static let referer = Markers(rawValue: 64)
        static let cookie = Markers(rawValue: 128)
        /// `X-Real-IP`, which nginx's examples set.
        static let realIP = Markers(rawValue: 256)
        /// `CF-Connecting-IP`, which Cloudflare's tunnel sets.
        static let connectingIP = Markers(rawValue: 512)
    }

    package internal(set) var method = Method.other
    /// The path, without the query.
    package internal(set) var path = 0..<0
    /// What follows the first question mark; nil without one.
    package internal(set) var query: Range<Int>?
    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and whatever 1.x follows it.
    package internal(set) var minorVersion = 1
    /// Whether the target names a path; `*` and the authority of a CONNECT name the server itself (RFC 9112, section 3.2).
    package internal(set) var namesPath = true
    var host: Range<Int>?
    /// The host and port of a target that is a whole address.
    var authority: Range<Int>?
    var accept: Range<Int>?
    var authorization: Range<Int>?
    var hasManyAuthorizations = false
    var markers: Markers = []
    var contentLength: Int?
    /// How much of the body is not kept, and still to come: it is thrown away.
    var surplus = 0
    var hasTransferEncoding = false
    var expectsContinue = false
    var asksForClose = false
    var asksForKeepAlive = false
    /// Where the first header line begins.
    var fieldsStart = 0
    /// The bytes of the head, up to and with the empty line.
    package internal(set) var headLength = 0

    /// Whether the connection stays open after the answer (RFC 9112, section 9.3).
    package var keepsAlive: Bool {
        minorVersion == 0 ? asksForKeepAlive && !asksForClose : !asksForClose
    }

    /// Head and what is kept of the body.
    var length: Int { headLength + (contentLength ?? 0) }

    /// The body; empty where there is none.
    package var body: Range<Int> { headLength..<length }
}

/// Status codes the server answers with.
package enum HTTPStatus: Int, Equatable, Sendable {
    case ok = 200
    case accepted = 202
    case seeOther = 303
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case contentTooLarge = 413
    case targetTooLong = 414
    case expectationFailed = 417
    case tooManyRequests = 429
    case headTooLarge = 431
    case notImplemented = 501
    case unavailable = 503
    case versionNotSupported = 505

    var phrase: StaticString {
        switch self {
        case .ok: "200 OK"
        case .accepted: "202 Accepted"
        case .seeOther: "303 See Other"
        case .badRequest: "400 Bad Request"
        case .unauthorized: "401 Unauthorized"
        case .forbidden: "403 Forbidden"
        case .notFound: "404 Not Found"
        case .methodNotAllowed: "405 Method Not Allowed"
        case .requestTimeout: "408 Request Timeout"
        case .contentTooLarge: "413 Content Too Large"
        case .targetTooLong: "414 URI Too Long"
        case .expectationFailed: "417 Expectation Failed"
        case .tooManyRequests: "429 Too Many Requests"
        case .headTooLarge: "431 Request Header Fields Too Large"
        case .notImplemented: "501 Not Implemented"
        case .unavailable: "503 Service Unavailable"
        case .versionNotSupported: "505 HTTP Version Not Supported"
        }
    }
}
