import Synchronization

/// What other threads ask of the transfer thread.
///
/// Thread-safe. It holds the multi handle's waker only until the thread says that it is ending. A wake-up may fail: libcurl
/// makes a multi handle without the socket pair for it when no descriptor is left. The thread then looks for commands by
/// itself.
final class Mailbox: Sendable {
    /// One thing to do.
    enum Command: Sendable {
        case start(any Waiter, to: Endpoint, by: @Sendable (EasyHandle) -> any Transfer)
        /// Ends the transfer that somebody waits for.
        case abort(any Waiter)
    }

    private enum Phase {
        case open, closing, ending, ended
    }

    private struct State {
        var phase = Phase.open
        var commands: [Command] = []
        var waiters: [Ticket<Void>] = []
        // The lock keeps a wake-up from a handle that has been cleaned up.
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

    /// Makes one for a thread that is about to start, with its first command.
    init(_ commands: Command...) {
        state = Mutex(State(commands: commands))
    }

    /// Whether a wake-up has failed, so that commands may wait here unnoticed.
    var isDeaf: Bool { state.withLock { $0.isDeaf } }

    /// For the thread: this is what wakes it from now on.
    func listen(by waker: MultiHandle.Waker) {
        state.withLock {
            $0.waker = waker
            $0.isDeaf = false
            $0.wake()
        }
    }

    /// Hands a command over and wakes the thread; returns false when the thread takes no more.
    @discardableResult
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

    /// For the thread: refuses all further commands and returns those not carried out; nothing wakes it any more.
    func beginEnd() -> [Command] {
        state.withLock {
            $0.phase = .ending
            $0.waker = nil
            return $0.takeCommands()
        }
    }

    /// For the thread: says that all is cleaned up.
    func end() {
        let waiters = state.withLock {
            $0.phase = .ended
            return $0.waiters
        }
        for waiter in waiters { waiter.finish(.success(())) }
    }
}
