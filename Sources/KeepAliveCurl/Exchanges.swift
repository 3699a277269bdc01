import CKeepAliveCurl

/// The exchanges of one thread, beside its requests: which sockets they wait for, and until when.
///
/// Not Sendable: made, used and dropped on the transfer thread.
final class Exchanges {
    var multi: UnsafeMutableRawPointer
    private let settings: ClientSettings
    private var all: [UnsafeMutableRawPointer: ExchangeTransfer] = [:]
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    private var watched: [(exchange: ExchangeTransfer, entry: curl_waitfd)] = []

    init(multi: UnsafeMutableRawPointer, settings: ClientSettings) {
        self.multi = multi
        self.settings = settings
    }

    var isEmpty: Bool { all.isEmpty }

    func start(_ ticket: Ticket<SocketExchange, SocketReply>) {
        // Cancelled while the command waited: nobody must be connected to.
        guard !ticket.isFinished else { return }
        guard let exchange = ExchangeTransfer(ticket: ticket) else {
            ticket.finish(.failure(HTTPClientError(code: CURLE_OUT_OF_MEMORY, endpoint: ticket.endpoint)))
            return
        }
        do {
            try exchange.prepare(settings)
        } catch {
            ticket.finish(.failure(error))
            return
        }
        let code = curl_multi_add_handle(multi, exchange.easy)
        guard code == CURLM_OK else {
            ticket.finish(.failure(HTTPClientError(multiCode: code)))
            return
        }
        all[exchange.easy] = exchange
        handles[ObjectIdentifier(ticket)] = exchange.easy
    }

    func abort(_ ticket: ObjectIdentifier) {
        guard let easy = handles[ticket], let exchange = all[easy] else { return }
        remove(exchange)
    }

    /// Libcurl is done with a handle, that is with connecting; false when it is none of these.
    func connected(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) -> Bool {
        guard let exchange = all[easy] else { return false }
        // Bytes go out at once: a connection that nothing has been sent over counts as idle, and could be dropped.
        finish(exchange, exchange.connected(code))
        return true
    }

    /// Waits until libcurl or an exchange has something to do, at most so many milliseconds.
    func poll(atMost limit: Int32) -> CURLMcode {
        watched.removeAll(keepingCapacity: true)
        var timeout = limit
        if !all.isEmpty {
            let now = SuspendingClock.now
            for exchange in all.values where exchange.wait != .connection {
                guard let entry = exchange.watched else { continue }
                watched.append((exchange, entry))
                timeout = min(timeout, Self.milliseconds(now.duration(to: exchange.deadline)))
            }
        }
        // Ends at activity, at libcurl's own next timer, or by curl_multi_wakeup.
        guard !watched.isEmpty else { return curl_multi_poll(multi, nil, 0, timeout, nil) }
        var entries = watched.map(\.entry)
        let code = entries.withUnsafeMutableBufferPointer { entries in
            curl_multi_poll(multi, entries.baseAddress, UInt32(clamping: entries.count), timeout, nil)
        }
        let now = SuspendingClock.now
        for (index, (exchange, _)) in watched.enumerated() where all[exchange.easy] != nil {
            if entries[index].revents != 0 { finish(exchange, exchange.proceed()) }
            if all[exchange.easy] != nil, exchange.deadline <= now { finish(exchange, exchange.lateness) }
        }
        watched.removeAll(keepingCapacity: true)
        return code
    }

    /// Fails all that are left.
    func end(with error: HTTPClientError) {
        for exchange in Array(all.values) { finish(exchange, .failure(error)) }
    }

    private func finish(_ exchange: ExchangeTransfer, _ outcome: ExchangeTransfer.Outcome?) {
        guard let outcome else { return }
        remove(exchange)
        exchange.ticket.finish(outcome)
    }

    /// Taking the handle out closes its connection.
    private func remove(_ exchange: ExchangeTransfer) {
        _ = curl_multi_remove_handle(multi, exchange.easy)
        all[exchange.easy] = nil
        handles[ObjectIdentifier(exchange.ticket)] = nil
    }

    /// The time until then, a part of a millisecond counted as a whole one: waking too early would only wait again.
    private static func milliseconds(_ time: Duration) -> Int32 {
        let (seconds, attoseconds) = time.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
