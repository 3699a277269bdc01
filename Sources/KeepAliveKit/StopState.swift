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
    private let end: @Sendable (Int32) -> Void
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        /// How often the body was started, and whether it runs now.
        var starts: UInt64 = 0
        var isRunning = false
        /// The start that a deadline for a restart is set for: asking again puts it off no further.
        var restarting: UInt64?
        var mailbox: Mailbox?
        // A cycle, as the loop's events come back here; `disconnect` ends it.
        var autoRestart: AutoRestart?
    }

    /// - Parameter end: ends the process with a code. Not exit(3): its handlers could wait for the very threads that hang.
    init(
        timeout: Duration, end: @escaping @Sendable (Int32) -> Void = { _exit($0) },
        tell: @escaping @Sendable (KeepAliveEvent) -> Void
    ) {
        self.timeout = timeout
        self.end = end
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
        if isStopping { setDeadline(.shutdown, exitCode: 0, mailbox) { true } }
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
            return end(0)
        }
        tell(.stopRequested(by: reason, timeout: timeout))
        health.body = .stopping
        setDeadline(.shutdown, exitCode: 0, mailbox) { true }
        autoRestart?.stop()
    }

    /// False when the bot is stopping.
    @discardableResult
    func restart() -> Bool {
        let now = state.withLock { $0 }
        guard !now.isStopping, now.autoRestart?.restart() ?? false else { return false }
        tell(.restartRequested)
        // Who waited for the next start has nothing to end. Else that must not come before this body has returned; one that
        // never returns is cured by a new process only, and 75 asks for it.
        guard now.isRunning, now.restarting != now.starts else { return true }
        state.withLock { $0.restarting = now.starts }
        setDeadline(.restart, exitCode: 75, now.mailbox) { [self] in
            state.withLock { $0.isRunning && $0.starts == now.starts }
        }
        return true
    }

    /// The watchdog has given the bot up: 75 asks for a new process. The line that says why is written already.
    func condemn() {
        end(75)
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

    func bodyStarted() {
        state.withLock { state in
            state.starts &+= 1
            state.isRunning = true
        }
    }

    func bodyEnded() {
        state.withLock { $0.isRunning = false }
    }

    /// Ends the process after the timeout, where there is still a reason to.
    private func setDeadline(
        _ timer: Mailbox.Timer, exitCode: Int32, _ mailbox: Mailbox?, where isDue: @escaping @Sendable () -> Bool
    ) {
        let action: @Sendable () -> Void = { [tell, timeout, end] in
            guard isDue() else { return }
            tell(.stopTimedOut(timeout: timeout, exitCode: exitCode))
            end(exitCode)
        }
        mailbox?.post(.schedule(timer, at: MonotonicTime.now().advanced(by: timeout), action: action))
    }
}
