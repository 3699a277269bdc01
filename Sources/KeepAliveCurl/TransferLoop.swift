import CKeepAliveCurl

/// All transfers of one thread: adds them to the multi handle, drives them and finishes their tickets.
///
/// Not Sendable: made, used and dropped on the transfer thread.
final class TransferLoop {
    private(set) var multi: UnsafeMutableRawPointer
    private let settings: ClientSettings
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private let exchanges: Exchanges
    /// Easy handles at rest; the last ones used are warm.
    private var idle: [UnsafeMutableRawPointer] = []
    private static let mostIdle = 64
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    /// How long a poll lasts at most, for a wake-up that gets lost; and when it is known that none comes.
    private static let (longestPoll, longestDeafPoll): (Int32, Int32) = (1000, 50)

    init(multi: UnsafeMutableRawPointer, settings: ClientSettings) {
        self.multi = multi
        self.settings = settings
        exchanges = Exchanges(multi: multi, settings: settings)
    }

    /// Carries out the mailbox's commands until it closes; returns why the transfers left over cannot go on.
    func run(_ mailbox: borrowing Mailbox) -> HTTPClientError {
        while let commands = mailbox.take() {
            for command in commands {
                switch command {
                case .start(let ticket): start(ticket)
                case .exchange(let ticket): exchanges.start(ticket)
                case .abort(let ticket):
                    abort(ticket)
                    exchanges.abort(ticket)
                }
            }
            var running: Int32 = 0
            var code = curl_multi_perform(multi, &running)
            finishDone()
            if mailbox.isDeaf { renewHandle(mailbox) }
            if code == CURLM_OK {
                code = exchanges.poll(atMost: mailbox.isDeaf ? Self.longestDeafPoll : Self.longestPoll)
            }
            if code != CURLM_OK {
                return HTTPClientError(multiCode: code)
            }
        }
        return .closed
    }

    /// Tries to get a multi handle that can be woken, once nothing is under way on the one that cannot.
    private func renewHandle(_ mailbox: borrowing Mailbox) {
        guard transfers.isEmpty, exchanges.isEmpty, let fresh = TransferThread.makeHandle(settings) else { return }
        mailbox.replace(multi: fresh)
        exchanges.multi = fresh
        _ = curl_multi_cleanup(multi)
        multi = fresh
    }

    /// Takes all transfers out of the multi handle and fails their tickets.
    func end(with error: HTTPClientError) {
        exchanges.end(with: error)
        for easy in idle { curl_easy_cleanup(easy) }
        idle = []
        let left = transfers.values
        transfers = [:]
        handles = [:]
        for transfer in left {
            _ = curl_multi_remove_handle(multi, transfer.easy)
            transfer.ticket.finish(.failure(error))
        }
    }

    private func start(_ ticket: Ticket<HTTPClientRequest, HTTPClientResponse>) {
        // Cancelled while the command waited: no byte of it must be sent.
        guard !ticket.isFinished else { return }
        guard let transfer = Transfer(ticket: ticket, reusing: idle.popLast()) else {
            ticket.finish(.failure(HTTPClientError(code: CURLE_OUT_OF_MEMORY, endpoint: ticket.endpoint)))
            return
        }
        do {
            try transfer.prepare(settings)
        } catch {
            ticket.finish(.failure(error))
            return
        }
        let code = curl_multi_add_handle(multi, transfer.easy)
        guard code == CURLM_OK else {
            ticket.finish(.failure(HTTPClientError(multiCode: code)))
            return
        }
        transfers[transfer.easy] = transfer
        handles[ObjectIdentifier(ticket)] = transfer.easy
    }

    private func abort(_ ticket: ObjectIdentifier) {
        guard let easy = handles[ticket] else { return }
        _ = remove(easy)
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // Read before the handle is removed, which frees the message.
            let code = message.pointee.data.result
            guard !exchanges.connected(easy, code), let transfer = remove(easy) else { continue }
            let outcome = transfer.outcome(code)
            if idle.count < Self.mostIdle, let handle = transfer.takeHandle() { idle.append(handle) }
            transfer.ticket.finish(outcome)
        }
    }

    private func remove(_ easy: UnsafeMutableRawPointer) -> Transfer? {
        // Removed from libcurl first: until then it may call back into the transfer.
        _ = curl_multi_remove_handle(multi, easy)
        guard let transfer = transfers.removeValue(forKey: easy) else { return nil }
        handles[ObjectIdentifier(transfer.ticket)] = nil
        return transfer
    }
}
