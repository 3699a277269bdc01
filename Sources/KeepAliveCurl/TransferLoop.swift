import CKeepAliveCurl

/// All transfers of one thread: adds them to the multi handle and runs them until each has its outcome.
///
/// Not Sendable: made, used and dropped on the transfer thread.
final class TransferLoop {
    private var multi: MultiHandle
    private let mailbox: Mailbox
    private let settings: ClientSettings
    /// By waiter.
    private var transfers: [ObjectIdentifier: any Transfer] = [:]
    /// The exchanges that libcurl has connected; it does no more for them.
    private var exchanges: [ObjectIdentifier: ExchangeTransfer] = [:]
    /// Idle easy handles; the last used ones are warm.
    private var idle: [EasyHandle] = []
    private static let mostIdle = 64
    /// The longest poll, in case a wake-up gets lost; the second is for a handle without wake-ups.
    private static let (longestPoll, longestDeafPoll) = (Duration.seconds(1), Duration.milliseconds(50))

    init(_ multi: MultiHandle, _ mailbox: Mailbox, _ settings: ClientSettings) {
        (self.multi, self.mailbox, self.settings) = (multi, mailbox, settings)
    }

    /// Executes the mailbox's commands until it closes, then fails the remaining transfers.
    func run() {
        let reason = drive()
        let left = mailbox.beginEnd()
        for transfer in Array(transfers.values) { finish(transfer) { $0.waiter.fail(reason) } }
        for case .start(let waiter, _, _) in left { waiter.fail(reason) }
    }

    /// Returns why the remaining transfers cannot continue.
    private func drive() -> HTTPClientError {
        while let commands = mailbox.take() {
            for command in commands {
                switch command {
                case .start(let waiter, let endpoint, let make):
                    // Cancelled while the command waited: no byte of it must be sent.
                    guard !waiter.isFinished else { continue }
                    do throws(HTTPClientError) {
                        try start(endpoint, make)
                    } catch {
                        waiter.fail(error)
                    }
                case .abort(let waiter):
                    if let transfer = transfers[ObjectIdentifier(waiter)] { finish(transfer) { _ in } }
                }
            }
            var code = multi.perform()
            for (transfer, code) in multi.takeDone() where transfers[ObjectIdentifier(transfer.waiter)] != nil {
                if transfer.isOver(code) {
                    finish(transfer) { if $0.leavesHandleClean { rest($0.easy) } }
                } else if let exchange = transfer as? ExchangeTransfer {
                    exchanges[ObjectIdentifier(transfer.waiter)] = exchange
                }
            }
            if mailbox.isDeaf { renewHandle() }
            if code == CURLM_OK { code = poll(atMost: mailbox.isDeaf ? Self.longestDeafPoll : Self.longestPoll) }
            if code != CURLM_OK { return HTTPClientError(multiCode: code) }
        }
        return .closed
    }

    private func start(
        _ endpoint: Endpoint, _ make: (EasyHandle) -> any Transfer
    ) throws(HTTPClientError) {
        guard let easy = idle.popLast() ?? EasyHandle() else {
            throw HTTPClientError(code: CURLE_OUT_OF_MEMORY, endpoint: endpoint)
        }
        let transfer = make(easy)
        try transfer.prepare(settings)
        let code = multi.add(transfer)
        guard code == CURLM_OK else { throw HTTPClientError(multiCode: code) }
        transfers[ObjectIdentifier(transfer.waiter)] = transfer
    }

    /// Removes a transfer; dropping the handle of an exchange closes its connection.
    private func finish(_ transfer: any Transfer, _ act: (any Transfer) -> Void) {
        multi.remove(transfer)
        transfers[ObjectIdentifier(transfer.waiter)] = nil
        exchanges[ObjectIdentifier(transfer.waiter)] = nil
        act(transfer)
    }

    private func rest(_ easy: EasyHandle) {
        guard idle.count < Self.mostIdle else { return }
        easy.reset()
        idle.append(easy)
    }

    /// Tries to get a multi handle with wake-ups, once the handle without them has no transfers.
    private func renewHandle() {
        guard transfers.isEmpty, let fresh = MultiHandle(idleConnections: settings.idleConnections),
            fresh.waker.wake()
        else { return }
        mailbox.listen(by: fresh.waker)
        multi = fresh
    }

    /// Waits until libcurl or an exchange has something to do.
    private func poll(atMost limit: Duration) -> CURLMcode {
        let watched = exchanges.values.compactMap { exchange in exchange.watched.map { (exchange, $0) } }
        var sockets = watched.map(\.1)
        let now = SuspendingClock.now
        let wait = watched.reduce(limit) { min($0, now.duration(to: $1.0.deadline)) }
        // A fraction of a millisecond is rounded up: waking too early would only wait once more.
        let code = multi.poll(&sockets, atMost: Int32(max(0, wait / .milliseconds(1)).rounded(.up)))
        let then = SuspendingClock.now
        for ((exchange, _), socket) in zip(watched, sockets) {
            guard socket.revents != 0 && exchange.proceed() || exchange.isLate(at: then) else { continue }
            finish(exchange) { _ in }
        }
        return code
    }
}
