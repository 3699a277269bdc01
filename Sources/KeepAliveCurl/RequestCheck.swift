/// Checks a request before libcurl gets it, because libcurl passes on much unchecked.
enum RequestCheck {
    // If a length or coding disagreed with the body, one request could count as two.
    private static let reservedFields: Set<String> = ["content-length", "transfer-encoding", "expect"]

    /// Throws `invalidRequest`, or returns the request's URL as sent.
    static func url(of request: HTTPClientRequest, settings: ClientSettings) throws(HTTPClientError) -> RequestURL {
        let url = try RequestURL(request.url)
        if let reason = fault(in: request, settings: settings) {
            throw HTTPClientError(kind: .invalidRequest, endpoint: url.endpoint, reason: reason)
        }
        return url
    }

    /// The request's fault, in words that quote nothing of it, or nil.
    private static func fault(in request: HTTPClientRequest, settings: ClientSettings) -> String? {
        guard ASCII.isToken(request.method) else { return "the method is not a token" }
        // libcurl could not handle the tunnel that a CONNECT opens.
        guard request.method != "CONNECT" else { return "the method CONNECT is not supported" }
        guard request.method != "HEAD" || request.body == nil else { return "a HEAD request cannot have a body" }
        for (name, value) in request.headers {
            guard ASCII.isToken(name) else { return "a header field's name is not a token" }
            guard !value.utf8.contains(where: ASCII.isControl) else {
                return "a header field's value holds a control character"
            }
            guard !reservedFields.contains(name.lowercased()) else {
                return "the client sets this header field itself"
            }
        }
        guard !settings.userAgent.utf8.contains(where: ASCII.isControl) else {
            return "the client's user agent holds a control character"
        }
        guard request.unixSocketPath?.utf8.contains(0) != true, request.caFile?.utf8.contains(0) != true else {
            return "a path holds a NUL character"
        }
        guard settings.caFile?.utf8.contains(0) != true else { return "the client's CA file holds a NUL character" }
        return nil
    }
}
