import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Stops and restarts the body, and ends the process when the body does not follow.
///
/// The deadlines run on the event loop's thread: where the body blocks every thread of the cooperative pool, no task of
/// the kit's could.
final class StopState: Sendable {
    private let timeout: Duration
    private let tell: @Sendable (KeepAliveEvent) -> Void
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var mailbox: Mailbox?
    }

    init(timeout: Duration, tell: @escaping @Sendable (KeepAliveEvent) -> Void) {
        self.timeout = timeout
        self.tell = tell
    }

    func connect(_ mailbox: Mailbox) {
        state.withLock { $0.mailbox = mailbox }
    }

    /// The first call cancels the body and sets the deadline; the second ends the process.
    func stop(by reason: String, health: HealthMonitor, _ autoRestart: AutoRestart) {
        let (wasStopping, mailbox) = state.withLock { state in
            defer { state.isStopping = true }
            return (state.isStopping, state.mailbox)
        }
        if wasStopping {
            tell(.stopForced)
            _exit(0)
        }
        tell(.stopRequested(by: reason, timeout: timeout))
        health.body = .stopping
        setDeadline(.shutdown, exitCode: 0, mailbox)
        autoRestart.stop()
    }

    /// False when the bot is stopping.
    func restart(_ autoRestart: AutoRestart) -> Bool {
        let (isStopping, mailbox) = state.withLock { ($0.isStopping, $0.mailbox) }
        guard !isStopping, autoRestart.restart() else { return false }
        tell(.restartRequested)
        // The next attempt must not start before this one has returned; one that never returns is cured by a new
        // process only, and 75 asks for it.
        setDeadline(.restart, exitCode: 75, mailbox)
        return true
    }

    /// The body has ended: a restart has got what it waited for.
    func bodyEnded() {
        state.withLock { $0.mailbox }?.post(.cancel(.restart))
    }

    private func setDeadline(_ timer: Mailbox.Timer, exitCode: Int32, _ mailbox: Mailbox?) {
        let action: @Sendable () -> Void = { [tell, timeout] in
            tell(.stopTimedOut(timeout: timeout, exitCode: exitCode))
            // Not exit(3): its handlers could wait for the very threads that hang.
            _exit(exitCode)
        }
        mailbox?.post(.schedule(timer, at: MonotonicTime.now().advanced(by: timeout), action: action))
    }
}
