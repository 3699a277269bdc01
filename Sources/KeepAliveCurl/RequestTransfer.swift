import CKeepAliveCurl

/// One HTTP request in progress.
final class RequestTransfer: Transfer {
    let easy: EasyHandle
    private let request: HTTPClientRequest
    private let url: RequestURL
    private let ticket: Ticket<HTTPClientResponse>

    init(_ request: HTTPClientRequest, to url: RequestURL, _ easy: EasyHandle, for ticket: Ticket<HTTPClientResponse>) {
        (self.request, self.url, self.easy, self.ticket) = (request, url, easy, ticket)
    }

    var waiter: any Waiter { ticket }
    /// A reset leaves cookies in it.
    var leavesHandleClean: Bool { request.cookies == nil }

    func prepare(_ settings: ClientSettings) throws(HTTPClientError) {
        easy.prepare(
            url.text, timeout: request.timeout, connectTimeout: request.connectTimeout,
            caFile: request.caFile ?? settings.caFile, unixSocketPath: request.unixSocketPath)
        easy.allowOnlyHTTP()
        easy.set(CURLOPT_FOLLOWLOCATION, 0)
        if request.keepsPath { easy.set(CURLOPT_PATH_AS_IS, 1) }
        // With HTTP/2 one stalled connection would block all requests to its host.
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        easy.set(CURLOPT_USERAGENT, settings.userAgent)
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        easy.set(CURLOPT_MAXAGE_CONN, Int(settings.idleTime.components.seconds))
        if request.wantsCertificate {
            easy.wantCertificate()
            easy.set(CURLOPT_FORBID_REUSE, 1)
        }
        if let cookies = request.cookies {
            // An empty name starts the cookie engine without a file.
            easy.set(CURLOPT_COOKIEFILE, "")
            for cookie in cookies { easy.set(CURLOPT_COOKIELIST, cookie) }
        }
        // Decodes every coding that libcurl knows; the field that asks for it is removed below.
        if request.decodesBody { easy.set(CURLOPT_ACCEPT_ENCODING, "") }
        // An empty name disables the environment's proxy.
        if url.endpoint.isLoopback { easy.set(CURLOPT_PROXY, "") }
        setMethod()
        easy.set(CURLOPT_HTTPHEADER, list: fieldLines)
        easy.receive(atMost: request.maximumResponseBytes, cuttingBody: request.truncatesBody)
        try easy.check(url.endpoint)
    }

    private func setMethod() {
        let method = request.method
        if method == "HEAD" {
            // As a custom method, libcurl would wait for the body that Content-Length announces.
            return easy.set(CURLOPT_NOBODY, 1)
        }
        if let body = request.body ?? (["POST", "PUT", "PATCH"].contains(method) ? [] : nil) {
            easy.set(CURLOPT_POST, 1)
            easy.setBody(body)
        }
        easy.set(CURLOPT_CUSTOMREQUEST, method)
    }

    private var fieldLines: [String] {
        let names = Set(request.headers.map { $0.name.lowercased() })
        // Without these, libcurl waits a second for "100 Continue" before large bodies, and sends each body as a form.
        var lines = ["Expect:"]
        if !names.contains("content-type") { lines.append("Content-Type:") }
        if request.decodesBody, !names.contains("accept-encoding") { lines.append("Accept-Encoding:") }
        return lines
            + request.headers.map { name, value in
                let trimmed = ASCII.trimmed(value.utf8)
                // "Name:" would remove a field; libcurl's form of an empty field has a semicolon.
                return trimmed.isEmpty ? "\(name);" : "\(name): \(trimmed)"
            }
    }

    func isOver(_ code: CURLcode) -> Bool {
        ticket.finish(Result { try response(code) })
        return true
    }

    private func response(_ code: CURLcode) throws(HTTPClientError) -> HTTPClientResponse {
        let status = easy.number(CURLINFO_RESPONSE_CODE)
        let isHeard = request.headSuffices && (200..<300).contains(status)
        let isCutOff = isHeard || (easy.isTooLarge && request.truncatesBody && !easy.body.isEmpty)
        let isUndecodable = code == CURLE_BAD_CONTENT_ENCODING
        if easy.isTooLarge, !isCutOff { throw .tooLarge(url.endpoint) }
        guard code == CURLE_OK || isCutOff || isUndecodable else {
            throw TransferFailure(code, of: easy, timeout: request.timeout, connectTimeout: request.connectTimeout)
                .error(url.endpoint)
        }
        let certificate = request.wantsCertificate ? Certificate(of: easy) : nil
        var response = HTTPClientResponse(
            status: status, headers: easy.fields, body: easy.body,
            elapsed: .microseconds(easy.time(CURLINFO_TOTAL_TIME_T)),
            redirectURL: (300...399).contains(status) ? easy.redirectURL : nil, certificateEnd: certificate?.end)
        response.certificate = certificate
        response.isCutOff = isCutOff
        response.isUndecodable = isUndecodable
        if request.cookies != nil { response.cookies = easy.cookies }
        return response
    }
}
