import CKeepAliveCurl
import KeepAlivePlatform

/// One exchange of bytes in progress: an easy handle connects, then this type sends and receives by hand
/// (curl_easy_send(3), curl_easy_recv(3)).
///
/// Not Sendable: made, used and dropped on the transfer thread.
final class ExchangeTransfer: Transfer {
    let easy: EasyHandle
    private let exchange: SocketExchange
    private let endpoint: Endpoint
    private let ticket: Ticket<SocketReply>
    private let start = SuspendingClock.now
    private var sent = 0
    private var reply: [UInt8] = []

    init(_ exchange: SocketExchange, to endpoint: Endpoint, _ easy: EasyHandle, for ticket: Ticket<SocketReply>) {
        (self.exchange, self.endpoint, self.easy, self.ticket) = (exchange, endpoint, easy, ticket)
    }

    var waiter: any Waiter { ticket }
    /// The handle must be dropped, which closes the connection.
    var leavesHandleClean: Bool { false }

    func prepare(_ settings: ClientSettings) throws(HTTPClientError) {
        easy.prepare(
            endpoint.description, timeout: exchange.timeout, connectTimeout: exchange.timeout,
            caFile: exchange.caFile ?? settings.caFile, unixSocketPath: exchange.unixSocketPath)
        easy.allowOnlyHTTP()
        easy.set(CURLOPT_CONNECT_ONLY, 1)
        // The protocol is not HTTP, and a server may refuse a connection that announces HTTP.
        easy.set(CURLOPT_SSL_ENABLE_ALPN, 0)
        easy.set(CURLOPT_PROXY, "")
        easy.wantCertificate()
        try easy.check(endpoint)
    }

    /// The connection attempt has ended.
    func isOver(_ code: CURLcode) -> Bool {
        // Sends at once: libcurl treats a connection without sent bytes as idle, and could drop it.
        code == CURLE_OK ? proceed() : fail(code)
    }

    /// The overall deadline.
    var deadline: SuspendingClock.Instant { start.advanced(by: exchange.timeout) }

    /// The socket and its awaited directions, once connected.
    var watched: curl_waitfd? {
        easy.socket.map { socket in
            let isSending = sent < exchange.bytes.count
            return curl_waitfd(fd: socket, events: Int16(isSending ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN), revents: 0)
        }
    }

    /// Sends and receives as much as is possible now; returns whether the exchange is finished.
    func proceed() -> Bool {
        while sent < exchange.bytes.count {
            let (code, count) = easy.send(exchange.bytes[sent...])
            if code == CURLE_AGAIN { return false }
            guard code == CURLE_OK else { return fail(code) }
            sent += count
        }
        guard let isComplete = exchange.isComplete else { return succeed(isCutOff: false) }
        while true {
            let (code, count) = easy.receive(into: &reply)
            if code == CURLE_AGAIN { return false }
            guard code == CURLE_OK else { return fail(code) }
            if count == 0 { return succeed(isCutOff: true) }
            if isComplete(reply) { return succeed(isCutOff: false) }
            guard reply.count < exchange.maximumReplyBytes else {
                return fail(.responseTooLarge, "the reply is larger than allowed")
            }
        }
    }

    /// Ends it when the deadline has passed.
    func isLate(at now: SuspendingClock.Instant) -> Bool {
        guard deadline <= now else { return false }
        let what = reply.isEmpty ? "no answer came" : "the answer was not complete"
        return fail(.timedOut, "\(what) within \(exchange.timeout.inWords)")
    }

    private func succeed(isCutOff: Bool) -> Bool {
        let certificate = Certificate(of: easy)
        ticket.finish(
            .success(
                SocketReply(
                    bytes: reply, isCutOff: isCutOff, elapsed: start.duration(to: .now),
                    certificateEnd: certificate?.end, certificate: certificate)))
        return true
    }

    private func fail(_ code: CURLcode) -> Bool {
        waiter.fail(
            TransferFailure(code, of: easy, timeout: exchange.timeout, connectTimeout: exchange.timeout).error(endpoint)
        )
        return true
    }

    private func fail(_ kind: HTTPClientError.Kind, _ reason: String) -> Bool {
        waiter.fail(HTTPClientError(kind: kind, endpoint: endpoint, reason: reason))
        return true
    }
}
