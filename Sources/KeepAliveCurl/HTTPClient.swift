import Synchronization

/// A client for HTTP/1.1 over TCP or TLS, built on libcurl's multi interface (libcurl-multi(3)).
///
/// Thread-safe. All requests run on one thread of the client, which starts with the first request and sleeps without
/// work. Each mail has its own thread, because libcurl blocks that while it waits for a mail server's last replies.
/// The threads have all signals blocked, and end when the client is closed or deinitialised. Idle connections are kept
/// for reuse, up to `idleConnections`. Redirects are not followed, certificates always verified. A proxy in the
/// environment is used as in libcurl-env(3), but not for loopback hosts.
public final class HTTPClient: Sendable {
    private struct State {
        var isClosed = false
        var mailbox: Mailbox?
        /// The mails whose threads may still run.
        var mails: [(ticket: Ticket<MailReply>, mailbox: Mailbox)] = []
        var mailboxes: [Mailbox] { [mailbox].compactMap { $0 } + mails.map { $0.mailbox } }
    }

    private let settings: ClientSettings
    private let state = Mutex(State())

    /// Makes a client; no thread or connection is made yet.
    ///
    /// - Parameters:
    ///   - userAgent: The `User-Agent` of requests without one of their own.
    ///   - caFile: The path of a PEM file of certificate authorities to trust instead of the system's
    ///     (CURLOPT_CAINFO(3)), for instance a test's own. A file that cannot be read fails each `https` request.
    ///   - idleConnections: How many idle connections are kept at most. 16 are enough for a bot's few hosts, and limit
    ///     idle sockets after a burst.
    ///   - idleTime: After so long without a request a connection is not used again, in whole seconds from 1 on. A NAT
    ///     or firewall may have forgotten it: a request on it would get no answer until its timeout. Some forget after a
    ///     minute, although RFC 5382 asks for two hours.
    public init(
        userAgent: String = "KeepAliveKit", caFile: String? = nil, idleConnections: Int = 16,
        idleTime: Duration = .seconds(30)
    ) {
        settings = ClientSettings(
            userAgent: userAgent, caFile: caFile, idleConnections: min(max(1, idleConnections), 100_000),
            idleTime: max(idleTime, .seconds(1)))
    }

    deinit {
        close()
    }

    /// Sends a request and returns the whole response, of any status.
    ///
    /// Cancelling the task aborts the transfer at once. If the server closes a kept connection just as a request goes
    /// out, libcurl resends it on a new connection, regardless of its method.
    /// - Throws: `HTTPClientError` when there is no complete response, `CancellationError` when the task is cancelled.
    public func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try Task.checkCancellation()
        let url = try RequestCheck.url(of: request, settings: settings)
        return try await outcome(to: url.endpoint) { RequestTransfer(request, to: url, $0, for: $1) }
    }

    /// Sends a message to a mail server.
    ///
    /// - Returns: the server's reply: 250 once it has taken the message, or 4xx and 5xx if it refused it (RFC 5321,
    ///   section 4.2.1). It takes a message also if it takes only one of the recipients.
    /// - Throws: As `send` of a request, if there was no such reply.
    public func send(_ mail: MailMessage) async throws -> MailReply {
        try Task.checkCancellation()
        let url = try RequestURL(mail.url, schemes: ["smtp", "smtps"])
        if let fault = mail.fault {
            throw HTTPClientError(kind: .invalidRequest, endpoint: url.endpoint, reason: fault)
        }
        let ticket = Ticket<MailReply>()
        let mailbox = Mailbox(.start(ticket, to: url.endpoint) { MailTransfer(mail, to: url, $0, for: ticket) })
        defer { mailbox.close() }
        return try await withTaskCancellationHandler {
            do throws(HTTPClientError) {
                if !ticket.isFinished { try start(ticket, mailbox) }
            } catch {
                ticket.fail(error)
            }
            return try await ticket.outcome()
        } onCancel: {
            ticket.finish(.failure(CancellationError()))
        }
    }

    /// Connects, sends the bytes and returns the reply, on the thread of all requests.
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

    /// Ends all transfers, which throw `closed`, like every later one, and ends the client's threads.
    ///
    /// Returns without waiting for either. A second call has no effect. The deinitialiser closes too.
    public func close() {
        let (mailboxes, mails) = state.withLock {
            $0.isClosed = true
            return ($0.mailboxes, $0.mails)
        }
        for mailbox in mailboxes { mailbox.close() }
        for mail in mails { mail.ticket.fail(.closed) }
    }

    /// Closes the client and returns when its threads have closed all connections and finished with libcurl: within
    /// milliseconds, or 2 s if a mail server does not answer. If libcurl blocks a thread, it returns after 3 s.
    ///
    /// Call it before the program exits: exit handlers of the TLS library must not run during a transfer.
    public func shutDown() async {
        close()
        let mailboxes = state.withLock { $0.mailboxes }
        await withDiscardingTaskGroup { group in
            for mailbox in mailboxes { group.addTask { await mailbox.waitForEnd(atMost: .seconds(3)) } }
        }
    }

    /// Starts a mail's thread.
    private func start(_ ticket: Ticket<MailReply>, _ mailbox: Mailbox) throws(HTTPClientError) {
        try state.withLock { state throws(HTTPClientError) in
            guard !state.isClosed else { throw HTTPClientError.closed }
            state.mails.removeAll { $0.mailbox.hasEnded }
            try TransferThread.start(settings, mailbox)
            state.mails.append((ticket, mailbox))
        }
    }

    /// Gives the command to the thread.
    private func start(_ command: Mailbox.Command) throws(HTTPClientError) {
        try state.withLock { state throws(HTTPClientError) in
            guard !state.isClosed else { throw HTTPClientError.closed }
            if state.mailbox?.put(command) == true { return }
            // The first job, or libcurl failed as a whole and ended its thread: make a new thread.
            let mailbox = Mailbox(command)
            try TransferThread.start(settings, mailbox)
            state.mailbox = mailbox
        }
    }
}
