/// Parses the head of one HTTP/1 request (RFC 9112): bytes in, values out. It never sees a socket.
///
/// Resumable: the next call takes the previous bytes with more behind them, and reads each line once. So a client that
/// sends single bytes costs no more than a client that sends all at once. Strict, because lenient readers can see two
/// different requests (section 11.2, request smuggling). It rejects bare CR or LF, blanks before a colon and folding.
struct HTTPRequestParser {
    static let longestTarget = 2048
    static let largestHead = 8192
    /// The kept part of a body; only some paths accept a longer body.
    static let largestBody = 8192
    /// From this length on, digits are not counted.
    static let longestBody = 1 << 40
    static let bodyTooLarge = Rejection(.contentTooLarge, "the body is over 8 KiB")
    private static let headTooLarge = Rejection(.headTooLarge, "the head is over 8 KiB")
    private static let targetTooLong = Rejection(.targetTooLong, "the target is over 2 KiB")
    private static let noMethod = Rejection("the request line does not begin with a method and a space")
    private static let longestMethod = 32

    enum Outcome: Equatable {
        /// More bytes are needed.
        case incomplete
        /// The head is complete; the body follows it.
        case head(HTTPRequest)
        /// The request cannot be served, and the connection must close: the start of the next request is unknown.
        case rejected(HTTPStatus, String)
    }

    private var request = HTTPRequest()
    private var hasRequestLine = false
    /// Where the current line begins.
    private var lineStart = 0
    /// Bytes up to here hold no further line end.
    private var scanned = 0
    private var hostCount = 0
    private var lengthField: Range<Int>?

    struct Rejection: Error {
        let status: HTTPStatus
        let reason: String

        init(_ status: HTTPStatus, _ reason: String) {
            self.status = status
            self.reason = reason
        }

        init(_ reason: String) {
            self.init(.badRequest, reason)
        }
    }

    /// Parses the request's bytes, from its first byte on.
    mutating func parse(_ bytes: Span<UInt8>) -> Outcome {
        do throws(Rejection) {
            while let lineFeed = find(UInt8(ascii: "\n"), in: bytes, from: scanned) {
                guard lineFeed < Self.largestHead else {
                    if !hasRequestLine { try checkUnfinishedRequestLine(bytes) }
                    throw Self.headTooLarge
                }
                guard lineFeed > lineStart, bytes[lineFeed - 1] == UInt8(ascii: "\r") else {
                    throw Rejection("a line ends in a bare LF; CR LF is needed")
                }
                let line = lineStart..<(lineFeed - 1)
                lineStart = lineFeed + 1
                scanned = lineStart
                if !hasRequestLine {
                    // A server should ignore empty lines before the request line (RFC 9112, section 2.2).
                    if line.isEmpty { continue }
                    try readRequestLine(bytes, line)
                    hasRequestLine = true
                } else if line.isEmpty {
                    request.headLength = lineStart
                    try finish()
                    return .head(request)
                } else {
                    try readField(bytes, line)
                }
            }
            let seen = scanned
            scanned = bytes.count
            try checkUnfinishedLine(bytes, seen: seen)
            return .incomplete
        } catch {
            return .rejected(error.status, error.reason)
        }
    }

    // MARK: The request line

    private mutating func readRequestLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Rejection) {
        guard let firstSpace = find(UInt8(ascii: " "), in: bytes, from: line.lowerBound, to: line.upperBound),
            isToken(bytes, line.lowerBound..<firstSpace), firstSpace - line.lowerBound <= Self.longestMethod
        else { throw Self.noMethod }
        let rest = (firstSpace + 1)..<line.upperBound
        let targetEnd =
            find(UInt8(ascii: " "), in: bytes, from: rest.lowerBound, to: rest.upperBound) ?? rest.upperBound
        let target = rest.lowerBound..<targetEnd
        guard target.count <= Self.longestTarget else { throw Self.targetTooLong }
        guard targetEnd < rest.upperBound, !target.isEmpty else {
            throw Rejection("the request line is not METHOD TARGET HTTP/1.1")
        }
        for index in target where bytes[index] <= 0x20 || bytes[index] >= 0x7F {
            throw Rejection("the target holds a character that is not visible ASCII")
        }
        try readVersion(bytes, (targetEnd + 1)..<line.upperBound, method: line.lowerBound..<firstSpace)
        request.method = method(bytes, line.lowerBound..<firstSpace)
        try readTarget(bytes, target, method: line.lowerBound..<firstSpace)
        if request.path.upperBound < target.upperBound {
            request.query = (request.path.upperBound + 1)..<target.upperBound
        }
        request.fieldsStart = line.upperBound + 2
    }

    private mutating func readVersion(
        _ bytes: Span<UInt8>, _ range: Range<Int>, method: Range<Int>
    ) throws(Rejection) {
        let start = range.lowerBound
        guard range.count == 8, matches(bytes, start..<(start + 5), "HTTP/"), isDigit(bytes[start + 5]),
            bytes[start + 6] == UInt8(ascii: "."), isDigit(bytes[start + 7])
        else { throw Rejection("the request line does not end in HTTP/1.1 or HTTP/1.0") }
        guard bytes[start + 5] == UInt8(ascii: "1") else {
            if matches(bytes, method, "PRI") { throw Rejection("HTTP/2 is not spoken here; use HTTP/1.1") }
            throw Rejection(.versionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        request.minorVersion = bytes[start + 7] == UInt8(ascii: "0") ? 0 : 1
        if request.minorVersion == 0 { request.markers.insert(.http10) }
    }

    private func method(_ bytes: Span<UInt8>, _ range: Range<Int>) -> HTTPRequest.Method {
        if matches(bytes, range, "GET") { return .get }
        if matches(bytes, range, "HEAD") { return .head }
        if matches(bytes, range, "POST") { return .post }
        if matches(bytes, range, "DELETE") { return .delete }
        return .other
    }

    /// Finds the path of an origin-form or absolute-form target (RFC 9112, section 3.2).
    private mutating func readTarget(
        _ bytes: Span<UInt8>, _ target: Range<Int>, method: Range<Int>
    ) throws(Rejection) {
        var start = target.lowerBound
        let isConnect = matches(bytes, method, "CONNECT")
        if isConnect || matches(bytes, target, "*") && matches(bytes, method, "OPTIONS") {
            request.path = target
            request.namesPath = false
            if isConnect, !Authority.isWellFormed(bytes, target) {
                throw Rejection("the target of CONNECT is not host:port")
            }
            return
        }
        if bytes[start] != UInt8(ascii: "/") {
            if hasPrefix(bytes, target, "http://") {
                start += 7
            } else if hasPrefix(bytes, target, "https://") {
                start += 8
            } else {
                throw Rejection("the target is neither a path nor an http address")
            }
            let authorityStart = start
            while start < target.upperBound, bytes[start] != UInt8(ascii: "/"), bytes[start] != UInt8(ascii: "?") {
                start += 1
            }
            // http://host and http://host?query have an empty path, which means "/"; only absolute forms get here.
            let authority = authorityStart..<start
            guard !authority.isEmpty, Authority.isWellFormed(bytes, authority) else {
                throw Rejection("the target's host or port is malformed")
            }
            request.authority = authority
        }
        let end = find(UInt8(ascii: "?"), in: bytes, from: start, to: target.upperBound) ?? target.upperBound
        request.path = start..<end
    }

    // MARK: Header fields

    private mutating func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Rejection) {
        let first = bytes[line.lowerBound]
        guard first != UInt8(ascii: " "), first != UInt8(ascii: "\t") else {
            throw Rejection("a header line begins with white space (folded lines are obsolete)")
        }
        guard let colon = find(UInt8(ascii: ":"), in: bytes, from: line.lowerBound, to: line.upperBound) else {
            throw Rejection("a header line has no colon")
        }
        let name = line.lowerBound..<colon
        guard isToken(bytes, name) else {
            throw Rejection("a header name is empty or holds white space or another forbidden character")
        }
        let value = withoutBlanks(bytes, (colon + 1)..<line.upperBound)
        for index in value where bytes[index] < 0x20 && bytes[index] != UInt8(ascii: "\t") || bytes[index] == 0x7F {
            throw Rejection("a header value holds a control character")
        }
        try note(bytes, name, value)
    }

    private mutating func note(_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) throws(Rejection) {
        // By length first: most fields are not needed.
        switch name.count {
        case 3 where matchesFolded(bytes, name, "via"): request.markers.insert(.via)
        case 4 where matchesFolded(bytes, name, "host"):
            hostCount += 1
            guard Authority.isWellFormed(bytes, value) else { throw Rejection("the Host field is malformed") }
            request.host = value
        case 6 where matchesFolded(bytes, name, "accept"): request.accept = value
        case 6 where matchesFolded(bytes, name, "origin"): request.markers.insert(.origin)
        case 6 where matchesFolded(bytes, name, "cookie"): request.markers.insert(.cookie)
        case 7 where matchesFolded(bytes, name, "referer"): request.markers.insert(.referer)
        case 6 where matchesFolded(bytes, name, "expect"):
            guard matchesFolded(bytes, value, "100-continue") else {
                throw Rejection(.expectationFailed, "only Expect: 100-continue is known here")
            }
            request.expectsContinue = true
        case 9 where matchesFolded(bytes, name, "forwarded"): request.markers.insert(.forwarded)
        case 9 where matchesFolded(bytes, name, "x-real-ip"): request.markers.insert(.realIP)
        case 10 where matchesFolded(bytes, name, "connection"): noteConnection(bytes, value)
        case 13 where matchesFolded(bytes, name, "authorization"):
            request.hasManyAuthorizations = request.authorization != nil
            request.authorization = value
        case 14 where matchesFolded(bytes, name, "content-length"):
            if let known = lengthField, !matches(bytes, known, value) {
                throw Rejection("two different Content-Length fields")
            }
            request.contentLength = try contentLength(bytes, value)
            lengthField = value
        case 16 where matchesFolded(bytes, name, "cf-connecting-ip"): request.markers.insert(.connectingIP)
        case 17 where matchesFolded(bytes, name, "transfer-encoding"): request.hasTransferEncoding = true
        case 10... where hasPrefix(bytes, name, "sec-fetch-"): request.markers.insert(.secFetch)
        case 11... where hasPrefix(bytes, name, "x-forwarded"): request.markers.insert(.xForwarded)
        default: break
        }
    }

    private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var start = value.lowerBound
        while start < value.upperBound {
            let end = find(UInt8(ascii: ","), in: bytes, from: start, to: value.upperBound) ?? value.upperBound
            let option = withoutBlanks(bytes, start..<end)
            if matchesFolded(bytes, option, "close") { request.asksForClose = true }
            if matchesFolded(bytes, option, "keep-alive") { request.asksForKeepAlive = true }
            start = end + 1
        }
    }

    private func contentLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(Rejection) -> Int {
        guard !value.isEmpty else { throw Rejection("Content-Length is empty") }
        var length = 0
        for index in value {
            guard isDigit(bytes[index]) else { throw Rejection("Content-Length is not a number") }
            // Past the limit only "too large" matters, so no number of digits overflows.
            length = min(length * 10 + Int(bytes[index] - UInt8(ascii: "0")), Self.longestBody)
        }
        return length
    }

    /// Checks that need the whole head.
    private mutating func finish() throws(Rejection) {
        guard request.headLength <= Self.largestHead else { throw Self.headTooLarge }
        if hostCount > 1 || (hostCount == 0 && request.minorVersion > 0) {
            throw Rejection("exactly one Host field is needed, found \(hostCount)")
        }
        if request.hasTransferEncoding {
            if request.contentLength != nil { throw Rejection("both Transfer-Encoding and Content-Length") }
            throw Rejection(.notImplemented, "Transfer-Encoding is not supported; send a Content-Length")
        }
        if let length = request.contentLength, length > Self.largestBody {
            guard length < Self.longestBody else { throw Self.bodyTooLarge }
            request.contentLength = Self.largestBody
            request.surplus = length - Self.largestBody
        }
    }

    /// Checks a line before its end has arrived.
    ///
    /// - Parameter seen: bytes up to here were checked before; the last of them may have been a CR.
    private func checkUnfinishedLine(_ bytes: Span<UInt8>, seen: Int) throws(Rejection) {
        let length = bytes.count - lineStart
        guard length > 0 else { return }
        // A CR may only appear before the LF that is still to come.
        if let carriageReturn = find(UInt8(ascii: "\r"), in: bytes, from: max(lineStart, seen - 1)),
            carriageReturn != bytes.count - 1
        {
            throw Rejection("a bare CR")
        }
        if !hasRequestLine { try checkUnfinishedRequestLine(bytes) }
        if bytes.count >= Self.largestHead { throw Self.headTooLarge }
    }

    private func checkUnfinishedRequestLine(_ bytes: Span<UInt8>) throws(Rejection) {
        let first = bytes[lineStart]
        guard isToken(first) || first == UInt8(ascii: "\r") else {
            throw Rejection(
                first == 0x16 ? "TLS is not spoken here; use http://" : "the request does not begin with a method")
        }
        let space = find(UInt8(ascii: " "), in: bytes, from: lineStart)
        guard (space ?? bytes.count) - lineStart <= Self.longestMethod else { throw Self.noMethod }
        if let space {
            let end = find(UInt8(ascii: " "), in: bytes, from: space + 1) ?? bytes.count
            if end - space - 1 > Self.longestTarget { throw Self.targetTooLong }
        }
    }
}
