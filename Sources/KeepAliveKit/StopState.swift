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
        // A cycle, as the loop's events come back here; `disconnect` ends it.
        var autoRestart: AutoRestart?
    }

    init(timeout: Duration, tell: @escaping @Sendable (KeepAliveEvent) -> Void) {
        self.timeout = timeout
        self.tell = tell
    }

    func connect(_ autoRestart: AutoRestart) {
        state.withLock { $0.autoRestart = autoRestart }
    }

    func connect(_ mailbox: Mailbox) {
        let isStopping = state.withLock { state in
            state.mailbox = mailbox
            return state.isStopping
        }
        // Whoever stopped the bot before it ran had no loop to leave the deadline with.
        if isStopping { setDeadline(.shutdown, exitCode: 0, mailbox) }
    }

    /// The run is over: nothing is left to be stopped.
    func disconnect() {
        state.withLock { state in
            state.mailbox = nil
            state.autoRestart = nil
        }
    }

    /// The first call cancels the body and sets the deadline; the second ends the process.
    func stop(by reason: String, health: HealthMonitor) {
        let (wasStopping, mailbox, autoRestart) = state.withLock { state in
            defer { state.isStopping = true }
            return (state.isStopping, state.mailbox, state.autoRestart)
        }
        if wasStopping {
            tell(.stopForced)
            _exit(0)
        }
        tell(.stopRequested(by: reason, timeout: timeout))
        health.body = .stopping
        setDeadline(.shutdown, exitCode: 0, mailbox)
        autoRestart?.stop()
    }

    /// False when the bot is stopping.
    @discardableResult
    func restart() -> Bool {
        let (isStopping, mailbox, autoRestart) = state.withLock { ($0.isStopping, $0.mailbox, $0.autoRestart) }
        guard !isStopping, autoRestart?.restart() ?? false else { return false }
        tell(.restartRequested)
        // The next attempt must not start before this one has returned; one that never returns is cured by a new
        // process only, and 75 asks for it.
        setDeadline(.restart, exitCode: 75, mailbox)
        return true
    }

    /// The watchdog has given the bot up: 75 asks for a new process. The line that says why is written already.
    func condemn() {
        _exit(75)
    }

    /// The executor is stopped: the abort makes Swift's backtracer show where every thread hangs.
    func abort() {
        #if canImport(Darwin)
            Darwin.abort()
        #elseif canImport(Musl)
            Musl.abort()
        #else
            Glibc.abort()
        #endif
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
