/// One request, as far as the server needs it. Places are offsets into the bytes it was parsed from.
package struct HTTPRequest: Equatable, Sendable {
    package enum Method: Equatable, Sendable {
        case get, head, post, delete, other
    }

    /// Header fields by which a browser's or a proxy's request differs from a local program's request.
    struct Markers: OptionSet, Equatable, Sendable {
        let rawValue: UInt16
        static let origin = Markers(rawValue: 1)
        /// Any `Sec-Fetch-…`.
        static let secFetch = Markers(rawValue: 2)
        static let forwarded = Markers(rawValue: 4)
        /// Any `X-Forwarded-…`.
        static let xForwarded = Markers(rawValue: 8)
        static let via = Markers(rawValue: 16)
        /// No browser uses HTTP/1.0. A proxy that does not identify itself does, as nginx without settings long did.
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
    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and any later 1.x.
    package internal(set) var minorVersion = 1
    /// Whether the target names a path; `*` and a CONNECT's authority name the server itself (RFC 9112, section 3.2).
    package internal(set) var namesPath = true
    var host: Range<Int>?
    /// The host and port of an absolute target.
    var authority: Range<Int>?
    var accept: Range<Int>?
    var authorization: Range<Int>?
    var hasManyAuthorizations = false
    var markers: Markers = []
    var contentLength: Int?
    /// How much of the body is still to come and is not kept, but discarded.
    var surplus = 0
    var hasTransferEncoding = false
    var expectsContinue = false
    var asksForClose = false
    var asksForKeepAlive = false
    /// Where the first header line begins.
    var fieldsStart = 0
    /// The length of the head, including the empty line.
    package internal(set) var headLength = 0

    /// Whether the connection stays open after the answer (RFC 9112, section 9.3).
    package var keepsAlive: Bool {
        minorVersion == 0 ? asksForKeepAlive && !asksForClose : !asksForClose
    }

    /// The head and the kept part of the body.
    var length: Int { headLength + (contentLength ?? 0) }

    /// The body; empty if there is none.
    package var body: Range<Int> { headLength..<length }
}

/// The status codes of the server's answers.
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
    case conflict = 409
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
        case .conflict: "409 Conflict"
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
