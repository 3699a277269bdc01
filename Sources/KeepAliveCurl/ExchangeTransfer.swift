import CKeepAliveCurl

/// One exchange of bytes under way: an easy handle that connects, and then sends and receives by hand
/// (curl_easy_send(3), curl_easy_recv(3)).
///
/// Not Sendable: it lives and dies on the transfer thread.
final class ExchangeTransfer {
    let ticket: Ticket<SocketExchange, SocketReply>
    let easy: UnsafeMutableRawPointer
    private let start = SuspendingClock.now
    private let errorText = ErrorText()
    private var sent = 0
    private var reply: [UInt8] = []
    private(set) var wait = Wait.connection

    /// What has to happen before it can go on.
    enum Wait {
        case connection, sending, receiving
    }

    typealias Outcome = Result<SocketReply, any Error>

    /// Makes the easy handle; returns nil when memory ran out.
    init?(ticket: Ticket<SocketExchange, SocketReply>) {
        guard let easy = curl_easy_init() else { return nil }
        self.ticket = ticket
        self.easy = easy
    }

    deinit {
        curl_easy_cleanup(easy)
    }

    /// Sets all options of the handle.
    func prepare(_ settings: ClientSettings) throws(HTTPClientError) {
        let exchange = ticket.job
        var options = EasyOptions(easy)
        options.set(CURLOPT_URL, ticket.endpoint.description)
        options.allowOnlyHTTP()
        options.set(CURLOPT_CONNECT_ONLY, 1)
        options.set(CURLOPT_NOSIGNAL, 1)
        options.openSockets(noting: errorText.socketFailure)
        options.set(CURLOPT_TCP_NODELAY, 1)
        options.set(CURLOPT_TIMEOUT_MS, exchange.timeout)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, exchange.timeout)
        options.doNotWaitForLookups()
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        // What is spoken is not HTTP, and a server may refuse a connection that says it is.
        options.set(CURLOPT_SSL_ENABLE_ALPN, 0)
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText.buffer))
        options.wantCertificate(noting: errorText.chain)
        if let caFile = exchange.caFile ?? settings.caFile { options.set(CURLOPT_CAINFO, caFile) }
        if let path = exchange.unixSocketPath { options.set(CURLOPT_UNIX_SOCKET_PATH, path) }
        guard options.firstFailure == CURLE_OK else {
            throw HTTPClientError(code: options.firstFailure, endpoint: ticket.endpoint)
        }
    }

    /// When it has taken long enough.
    var deadline: SuspendingClock.Instant { start.advanced(by: ticket.job.timeout) }

    /// The socket and what to wait for on it, once connected.
    var watched: curl_waitfd? {
        var socket = curl_socket_t(-1)
        guard wait != .connection, ccurl_get_socket(easy, &socket) == CURLE_OK, socket >= 0 else { return nil }
        return curl_waitfd(
            fd: socket, events: Int16(wait == .sending ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN), revents: 0)
    }

    /// Connecting has ended; returns the outcome when that was all.
    func connected(_ code: CURLcode) -> Outcome? {
        guard code == CURLE_OK else { return failure(code) }
        wait = .sending
        return proceed()
    }

    /// Sends and receives as much as is possible now; returns the outcome when that was all.
    func proceed() -> Outcome? {
        let bytes = ticket.job.bytes
        while sent < bytes.count {
            var count = 0
            let code = bytes[sent...].withUnsafeBytes { curl_easy_send(easy, $0.baseAddress, $0.count, &count) }
            if code == CURLE_AGAIN { return nil }
            guard code == CURLE_OK else { return failure(code) }
            sent += count
        }
        guard let isComplete = ticket.job.isComplete else { return success(isCutOff: false) }
        wait = .receiving
        return withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { chunk in
            while true {
                var count = 0
                let code = curl_easy_recv(easy, chunk.baseAddress, chunk.count, &count)
                if code == CURLE_AGAIN { return nil }
                guard code == CURLE_OK else { return failure(code) }
                if count == 0 { return success(isCutOff: true) }
                reply.append(contentsOf: chunk[..<count])
                if isComplete(reply) { return success(isCutOff: false) }
                guard reply.count < ticket.job.maximumReplyBytes else {
                    let reason = "the reply is larger than allowed"
                    return .failure(
                        HTTPClientError(kind: .responseTooLarge, endpoint: ticket.endpoint, reason: reason))
                }
            }
        }
    }

    /// What it came to when the deadline passed after connecting.
    var lateness: Outcome {
        let limit = TransferFailure.words(for: ticket.job.timeout)
        let what = reply.isEmpty ? "no answer came" : "the answer was not complete"
        return .failure(
            HTTPClientError(kind: .timedOut, endpoint: ticket.endpoint, reason: "\(what) within \(limit)"))
    }

    private func success(isCutOff: Bool) -> Outcome {
        let certificate = Certificate(of: easy, errorText.chain.pointee)
        return .success(
            SocketReply(
                bytes: reply, isCutOff: isCutOff, elapsed: start.duration(to: .now),
                certificateEnd: certificate?.end, certificate: certificate))
    }

    private func failure(_ code: CURLcode) -> Outcome {
        let timeout = ticket.job.timeout
        let failure = TransferFailure(
            code, of: easy, errorText, timeout: timeout, connectTimeout: timeout)
        return .failure(failure.error(ticket.endpoint))
    }
}
