import CKeepAliveCurl
import Synchronization

/// What other threads ask of the transfer thread.
///
/// Thread-safe. It holds the multi handle only to wake the thread, and only until the thread says that it is ending.
/// A wake-up may fail: libcurl makes a multi handle without the socket pair for it when no descriptor is left. The thread then
/// looks for commands by itself.
final class Mailbox: Sendable {
    /// One thing to do.
    enum Command: Sendable {
        case start(Ticket<HTTPClientRequest, HTTPClientResponse>)
        case exchange(Ticket<SocketExchange, SocketReply>)
        /// Ends what this ticket has begun. A new ticket cannot be taken for it: whoever aborts keeps the old one until
        /// the command is in the mailbox, and so ahead of the new one's start.
        case abort(ObjectIdentifier)
    }

    private enum Phase {
        case open
        case closing
        case ending
        case ended
    }

    private struct State {
        var phase = Phase.open
        var commands: [Command] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
        // As a number, since a pointer is not Sendable. Of all curl_multi functions, curl_multi_wakeup(3) alone may be called
        // from any thread, no other is called here, and the lock keeps it from a handle that has been cleaned up.
        var multi: UInt
        var isDeaf: Bool

        mutating func wake() {
            if curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: multi)) != CURLM_OK { isDeaf = true }
        }
    }

    private let state: Mutex<State>

    init(multi: UnsafeMutableRawPointer) {
        state = Mutex(
            State(multi: UInt(bitPattern: multi), isDeaf: curl_multi_wakeup(multi) != CURLM_OK))
    }

    /// Whether a wake-up has failed, so that commands may wait here unnoticed.
    var isDeaf: Bool { state.withLock { $0.isDeaf } }

    /// For the thread: wakes another handle from now on.
    func replace(multi: UnsafeMutableRawPointer) {
        state.withLock {
            $0.multi = UInt(bitPattern: multi)
            $0.isDeaf = false
        }
    }

    /// Hands a command over and wakes the thread; returns false when the thread takes no more.
    func put(_ command: Command) -> Bool {
        state.withLock {
            guard $0.phase == .open else { return false }
            $0.commands.append(command)
            $0.wake()
            return true
        }
    }

    /// Tells the thread to end; does nothing when it was told before.
    func close() {
        state.withLock {
            guard $0.phase == .open else { return }
            $0.phase = .closing
            $0.wake()
        }
    }

    /// Returns when the thread has cleaned up, at once when it has already, and at the latest after this time.
    func waitForEnd(atMost limit: Duration) async {
        let timer = Task.detached {
            guard (try? await Task.sleep(for: limit, clock: .suspending)) != nil else { return }
            self.resumeWaiters()
        }
        defer { timer.cancel() }
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock {
                guard $0.phase != .ended else { return true }
                $0.waiters.append(continuation)
                return false
            }
            if hasEnded {
                continuation.resume()
            }
        }
    }

    /// For the thread: the commands since the last time, or nil when it is to end.
    func take() -> [Command]? {
        state.withLock { state in
            guard state.phase == .open else { return nil }
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// For the thread: refuses all further commands and returns those not carried out; nothing wakes it any more.
    func beginEnd() -> [Command] {
        state.withLock { state in
            state.phase = .ending
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// For the thread: says that all is cleaned up.
    func end() {
        state.withLock { $0.phase = .ended }
        resumeWaiters()
    }

    private func resumeWaiters() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.resume()
        }
    }
}
