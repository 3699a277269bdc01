import Synchronization

/// A client for HTTP/1.1 over TCP or TLS, built on libcurl's multi interface (libcurl-multi(3)).
///
/// Thread-safe. All transfers run on one thread of the client's own, which starts with the first request, sleeps
/// while there is nothing to do, has all signals blocked, and ends when the client is closed or deinitialised. Idle
/// connections are kept for use again, as many as the client is told. Redirects are not followed, certificates
/// always verified. A proxy named by the environment is used as libcurl-env(3) tells, but not for loopback hosts.
public final class HTTPClient: Sendable {
    private struct State {
        var isClosed = false
        var mailbox: Mailbox?
    }

    private let settings: ClientSettings
    private let state = Mutex(State())

    /// Makes a client; no thread or connection is made yet.
    ///
    /// - Parameters:
    ///   - userAgent: The `User-Agent` of requests without one of their own.
    ///   - caFile: The path of a PEM file of certificate authorities to trust in place of the system's
    ///     (CURLOPT_CAINFO(3)), for instance a test's own. A file that cannot be read fails each `https` request.
    ///   - idleConnections: How many connections that nothing uses are kept, at most. 16 are enough for a bot's few hosts,
    ///     and a bound on idle sockets after a burst.
    public init(userAgent: String = "KeepAliveKit", caFile: String? = nil, idleConnections: Int = 16) {
        settings = ClientSettings(
            userAgent: userAgent, caFile: caFile, idleConnections: min(max(1, idleConnections), 100_000))
    }

    deinit {
        close()
    }

    /// Sends a request and returns the whole response, of any status.
    ///
    /// Cancelling the task aborts the transfer at once. When the server closes a kept connection just as a request
    /// goes out on it, libcurl sends the request again on a new one, whatever its method.
    /// - Throws: `HTTPClientError` when there is no complete response, `CancellationError` when the task is cancelled.
    public func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try Task.checkCancellation()
        let url = try RequestCheck.url(of: request, settings: settings)
        return try await outcome(to: url.endpoint) { RequestTransfer(request, to: url, $0, for: $1) }
    }

    /// Hands a message to a mail server.
    ///
    /// - Returns: the server's last reply code: 250 once it has taken the message, or 4xx and 5xx where it refused it (RFC
    ///   5321, section 4.2.1).
    /// - Throws: As `send` of a request, where there was no such reply.
    public func send(_ mail: MailMessage) async throws -> Int {
        try Task.checkCancellation()
        let url = try RequestURL(mail.url, schemes: ["smtp", "smtps"])
        if let fault = mail.fault {
            throw HTTPClientError(kind: .invalidRequest, endpoint: url.endpoint, reason: fault)
        }
        return try await outcome(to: url.endpoint) { MailTransfer(mail, to: url, $0, for: $1) }
    }

    /// Connects, sends the bytes and returns what comes back, on the same thread as all requests.
    ///
    /// Cancelling the task closes the connection at once.
    /// - Throws: `HTTPClientError` when there was no connection or no complete reply, `CancellationError` when the task
    ///   is cancelled.
    public func exchange(_ exchange: SocketExchange) async throws -> SocketReply {
        try Task.checkCancellation()
        let endpoint = try exchange.endpoint()
        return try await outcome(to: endpoint) { ExchangeTransfer(exchange, to: endpoint, $0, for: $1) }
    }

    private func outcome<Output>(
        to endpoint: Endpoint, by make: @escaping @Sendable (EasyHandle, Ticket<Output>) -> any Transfer
    ) async throws -> Output {
        let ticket = Ticket<Output>()
        return try await withTaskCancellationHandler {
            do throws(HTTPClientError) {
                // Cancelled already: not even a thread is needed.
                if !ticket.isFinished { try start(.start(ticket, to: endpoint) { make($0, ticket) }) }
            } catch {
                ticket.fail(error)
            }
            return try await ticket.outcome()
        } onCancel: {
            if ticket.finish(.failure(CancellationError())) { state.withLock { $0.mailbox }?.put(.abort(ticket)) }
        }
    }

    /// Ends all transfers, which throw `closed` as every later one does, and the client's thread.
    ///
    /// Returns without waiting for either; calling it again does nothing. The deinitialiser does the same.
    public func close() {
        let mailbox = state.withLock {
            $0.isClosed = true
            return $0.mailbox
        }
        mailbox?.close()
    }

    /// Closes the client and returns when its thread has closed all connections and is done with libcurl, within
    /// milliseconds; after 3 s it returns also where libcurl holds its thread up.
    ///
    /// Call it before the program exits: exit handlers of the TLS library must not run beside a transfer.
    public func shutDown() async {
        close()
        await state.withLock { $0.mailbox }?.waitForEnd(atMost: .seconds(3))
    }

    /// Gives the command to the thread.
    private func start(_ command: Mailbox.Command) throws(HTTPClientError) {
        try state.withLock { state throws(HTTPClientError) in
            guard !state.isClosed else { throw HTTPClientError.closed }
            if state.mailbox?.put(command) == true { return }
            // The first job, or libcurl failed as a whole and took its thread with it: begin anew.
            let mailbox = Mailbox(command)
            try TransferThread.start(settings, mailbox)
            state.mailbox = mailbox
        }
    }
}
