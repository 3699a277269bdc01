import Synchronization

/// The commands of other threads for the transfer thread.
///
/// Thread-safe. It holds the multi handle's waker only until the thread begins to end. A wake-up may fail: if no
/// descriptor is left, libcurl makes a multi handle without the socket pair for it. The thread then polls for commands.
final class Mailbox: Sendable {
    /// One command.
    enum Command: Sendable {
        case start(any Waiter, to: Endpoint, by: @Sendable (EasyHandle) -> any Transfer)
        /// Ends the transfer of this waiter.
        case abort(any Waiter)
    }

    private enum Phase {
        case open, closing, ending, ended
    }

    private struct State {
        var phase = Phase.open
        var commands: [Command] = []
        var waiters: [Ticket<Void>] = []
        // The lock prevents a wake-up of a handle that was cleaned up.
        var waker: MultiHandle.Waker?
        var isDeaf = false

        mutating func wake() {
            if waker?.wake() != true { isDeaf = true }
        }

        mutating func takeCommands() -> [Command] {
            defer { commands = [] }
            return commands
        }
    }

    private let state: Mutex<State>

    /// Makes a mailbox for a thread that is about to start, with its first command.
    init(_ commands: Command...) {
        state = Mutex(State(commands: commands))
    }

    /// Whether a wake-up has failed, so that commands may wait here unnoticed.
    var isDeaf: Bool { state.withLock { $0.isDeaf } }

    /// Whether the thread has cleaned up.
    var hasEnded: Bool { state.withLock { $0.phase == .ended } }

    /// For the thread: sets its waker.
    func listen(by waker: MultiHandle.Waker) {
        state.withLock {
            $0.waker = waker
            $0.isDeaf = false
            $0.wake()
        }
    }

    /// Posts a command and wakes the thread; returns false when the thread takes no more.
    @discardableResult
    func put(_ command: Command) -> Bool {
        state.withLock {
            guard $0.phase == .open else { return false }
            $0.commands.append(command)
            $0.wake()
            return true
        }
    }

    /// Asks the thread to end; a second call has no effect.
    func close() {
        state.withLock {
            guard $0.phase == .open else { return }
            $0.phase = .closing
            $0.wake()
        }
    }

    /// Returns when the thread has cleaned up, at the latest after this time.
    func waitForEnd(atMost limit: Duration) async {
        let end = Ticket<Void>()
        let timer = Task.detached {
            try? await Task.sleep(for: limit, clock: .suspending)
            end.finish(.success(()))
        }
        defer { timer.cancel() }
        let hasEnded = state.withLock {
            if $0.phase != .ended { $0.waiters.append(end) }
            return $0.phase == .ended
        }
        if hasEnded { end.finish(.success(())) }
        try? await end.outcome()
    }

    /// For the thread: the commands since the last time, or nil when it is to end.
    func take() -> [Command]? {
        state.withLock { $0.phase == .open ? $0.takeCommands() : nil }
    }

    /// For the thread: refuses all further commands and returns the pending ones; nothing wakes it any longer.
    func beginEnd() -> [Command] {
        state.withLock {
            $0.phase = .ending
            $0.waker = nil
            return $0.takeCommands()
        }
    }

    /// For the thread: reports that all is cleaned up.
    func end() {
        let waiters = state.withLock {
            $0.phase = .ended
            return $0.waiters
        }
        for waiter in waiters { waiter.finish(.success(())) }
    }
}
