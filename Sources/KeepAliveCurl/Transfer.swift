import CKeepAliveCurl

/// One request under way: an easy handle and what has been received through it.
///
/// Not Sendable: it lives and dies on the transfer thread.
final class Transfer {
    let ticket: Ticket<HTTPClientRequest, HTTPClientResponse>
    let easy: UnsafeMutableRawPointer
    private var fieldList: UnsafeMutablePointer<curl_slist>?
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var isTooLarge = false
    private let mail: MailUpload?
    private let errorText = ErrorText()
    private var isHandleTaken = false

    /// Takes over an easy handle; makes one where none is given, and returns nil when memory ran out.
    init?(ticket: Ticket<HTTPClientRequest, HTTPClientResponse>, reusing idle: UnsafeMutableRawPointer?) {
        guard let easy = idle ?? curl_easy_init() else { return nil }
        self.ticket = ticket
        self.easy = easy
        mail = ticket.job.mail.map { MailUpload($0) }
    }

    deinit {
        if !isHandleTaken { curl_easy_cleanup(easy) }
        curl_slist_free_all(fieldList)
    }

    /// Gives the easy handle away, fit for another transfer (curl_easy_reset(3)): making one costs more than a request.
    ///
    /// Nil for one that has had cookies, which a reset leaves in it.
    func takeHandle() -> UnsafeMutableRawPointer? {
        guard ticket.job.cookies == nil else { return nil }
        isHandleTaken = true
        curl_easy_reset(easy)
        return easy
    }

    /// Sets all options of the handle; this object must outlive the transfer, which calls back into it.
    func prepare(_ settings: ClientSettings) throws(HTTPClientError) {
        let request = ticket.job
        var options = EasyOptions(easy)
        options.set(CURLOPT_URL, request.url)
        options.allowOnlyHTTP()
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        // With HTTP/2 one stalled connection would hold up all requests to its host.
        options.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        options.set(CURLOPT_NOSIGNAL, 1)
        options.openSockets(noting: errorText.socketFailure)
        options.set(CURLOPT_TCP_NODELAY, 1)
        options.set(CURLOPT_TIMEOUT_MS, request.timeout)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout)
        options.doNotWaitForLookups()
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        options.set(CURLOPT_USERAGENT, settings.userAgent)
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText.buffer))
        if let caFile = request.caFile ?? settings.caFile {
            options.set(CURLOPT_CAINFO, caFile)
        }
        if let path = request.unixSocketPath {
            options.set(CURLOPT_UNIX_SOCKET_PATH, path)
        }
        if request.wantsCertificate {
            options.wantCertificate(noting: errorText.chain)
            options.set(CURLOPT_FORBID_REUSE, 1)
        }
        if let cookies = request.cookies {
            // An empty name starts the cookie engine without a file.
            options.set(CURLOPT_COOKIEFILE, "")
            for cookie in cookies { options.set(CURLOPT_COOKIELIST, cookie) }
        }
        if request.decodesBody {
            // Decodes every coding that libcurl knows; the field that asks for one is taken out again below.
            options.set(CURLOPT_ACCEPT_ENCODING, "")
        }
        if ticket.endpoint.isLoopback {
            // An empty name keeps libcurl from the proxy that the environment may name.
            options.set(CURLOPT_PROXY, "")
        }
        if let mail {
            mail.prepare(&options)
        } else {
            setMethod(&options)
            setFields(&options)
        }
        setCallbacks(&options)
        guard options.firstFailure == CURLE_OK else {
            throw HTTPClientError(code: options.firstFailure, endpoint: ticket.endpoint)
        }
    }

    /// What the transfer came to, given libcurl's code for it.
    func outcome(_ code: CURLcode) -> Result<HTTPClientResponse, any Error> {
        var status = 0
        _ = ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        let isHeard = mail == nil && ticket.job.headSuffices && (200..<300).contains(status)
        let isCutOff = isHeard || (isTooLarge && ticket.job.truncatesBody && !body.isEmpty)
        let isUndecodable = code == CURLE_BAD_CONTENT_ENCODING
        if isTooLarge, !isCutOff {
            let reason = "the response is larger than allowed"
            return .failure(HTTPClientError(kind: .responseTooLarge, endpoint: ticket.endpoint, reason: reason))
        }
        var elapsed: curl_off_t = 0
        guard code == CURLE_OK || isCutOff || isUndecodable || isReply(code, status) else {
            let failure = TransferFailure(
                code, of: easy, errorText, timeout: ticket.job.timeout, connectTimeout: ticket.job.connectTimeout)
            return .failure(failure.error(ticket.endpoint))
        }
        _ = ccurl_get_offset(easy, CURLINFO_TOTAL_TIME_T, &elapsed)
        let certificate = ticket.job.wantsCertificate ? Certificate(of: easy, errorText.chain.pointee) : nil
        var response = HTTPClientResponse(
            status: status, headers: head.fields, body: body, elapsed: .microseconds(Int64(elapsed)),
            redirectURL: redirectURL(status),
            certificateEnd: certificate?.end)
        response.certificate = certificate
        response.isCutOff = isCutOff
        response.isUndecodable = isUndecodable
        if ticket.job.cookies != nil { response.cookies = cookies() }
        return .success(response)
    }

    /// All cookies that the transfer ended with (CURLINFO_COOKIELIST(3)).
    private func cookies() -> [String] {
        var list: UnsafeMutablePointer<curl_slist>?
        guard ccurl_get_list(easy, CURLINFO_COOKIELIST, &list) == CURLE_OK else { return [] }
        defer { curl_slist_free_all(list) }
        var cookies: [String] = []
        var entry = list
        while let current = entry {
            if let data = current.pointee.data { cookies.append(String(cString: data)) }
            entry = current.pointee.next
        }
        return cookies
    }

    /// Whether a mail server's reply tells what became of the message. One that says no ends the transfer with an error; so
    /// does one that takes the message with another code than 250, though any 2xx does (RFC 5321, section 4.2.1).
    private func isReply(_ code: CURLcode, _ status: Int) -> Bool {
        guard mail != nil else { return false }
        return (400..<600).contains(status) || (code == CURLE_WEIRD_SERVER_REPLY && (200..<300).contains(status))
    }

    private func redirectURL(_ status: Int) -> String? {
        guard (300...399).contains(status) else { return nil }
        var url: UnsafeMutablePointer<CChar>?
        _ = ccurl_get_string(easy, CURLINFO_REDIRECT_URL, &url)
        return url.map { String(cString: $0) }
    }

    private func setMethod(_ options: inout EasyOptions) {
        let method = ticket.job.method
        if method == "HEAD" {
            // As a mere custom method, libcurl would wait for the body that Content-Length speaks of.
            options.set(CURLOPT_NOBODY, 1)
            return
        }
        if let body = ticket.job.body ?? (["POST", "PUT", "PATCH"].contains(method) ? [] : nil) {
            options.set(CURLOPT_POST, 1)
            options.setBody(body)
        }
        options.set(CURLOPT_CUSTOMREQUEST, method)
    }

    private func setFields(_ options: inout EasyOptions) {
        // Without these, libcurl waits a second for "100 Continue" before large bodies, and calls each body a form.
        var lines = ["Expect:"]
        if !ticket.job.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        if ticket.job.decodesBody, !ticket.job.headers.contains(where: { $0.name.lowercased() == "accept-encoding" }) {
            lines.append("Accept-Encoding:")
        }
        for (name, value) in ticket.job.headers {
            let trimmed = ASCII.trimmed(value.utf8)
            // "Name:" would remove a field; the semicolon is libcurl's way to say that it is empty.
            lines.append(trimmed.isEmpty ? "\(name);" : "\(name): \(trimmed)")
        }
        for line in lines {
            guard let list = curl_slist_append(fieldList, line) else {
                options.fail(CURLE_OUT_OF_MEMORY)
                return
            }
            fieldList = list
        }
        if let fieldList {
            options.set(CURLOPT_HTTPHEADER, fieldList)
        }
    }

    private func setCallbacks(_ options: inout EasyOptions) {
        // Unretained: the loop keeps this object until it has taken the handle out of the multi handle.
        let me = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_HEADERDATA, me)
        options.set(CURLOPT_WRITEDATA, me)
        options.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            Transfer.accept(bytes, size, count, me) { $0.takeHeaderLine($1) }
        }
        options.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            Transfer.accept(bytes, size, count, me) { $0.takeBody($1) }
        }
    }

    /// Hands received bytes on; returns how many were taken, fewer than given making libcurl abort the transfer.
    private static func accept(
        _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?,
        to take: (Transfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        let (total, overflow) = size.multipliedReportingOverflow(by: count)
        guard total > 0, !overflow, let me else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue()
        return take(transfer, UnsafeRawBufferPointer(start: bytes, count: total)) ? total : 0
    }

    private func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = !head.take(line)
        return !isTooLarge
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = max(0, ticket.job.maximumResponseBytes) - body.count
        isTooLarge = bytes.count > room
        if !isTooLarge {
            body.append(contentsOf: bytes)
        } else if ticket.job.truncatesBody {
            body.append(contentsOf: bytes.prefix(room))
        }
        return !isTooLarge
    }
}
