import KeepAlivePlatform
import Synchronization

/// Stops and restarts the body, and ends the process when the body does not follow.
///
/// The deadlines run on the guard's thread (``ProcessGuard``): where the body blocks every thread of the cooperative pool,
/// or the system has no thread left, no task of the kit's could.
final class StopState: Sendable {
    private let timeout: Duration
    private let tell: @Sendable (KeepAliveEvent) -> Void
    private let end: @Sendable (Int32) -> Void
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        /// When the process is ended that was asked to stop.
        var deadline: MonotonicTime?
        /// How often the body was started, and whether it runs now.
        var starts: UInt64 = 0
        var isRunning = false
        /// The start that a deadline for a restart is set for: asking again puts it off no further.
        var restarting: UInt64?
        var mailbox: Mailbox?
        // A cycle, as the loop's events come back here; `disconnect` ends it.
        var autoRestart: AutoRestart?
    }

    /// How long the rest of the program may take once the bot has ended.
    private static let rest = Duration.milliseconds(1500)

    /// - Parameter end: ends the process with a code. Not exit(3): its handlers could wait for the very threads that hang.
    init(
        timeout: Duration, end: @escaping @Sendable (Int32) -> Void = { endProcessAtOnce($0) },
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
        // Whoever stopped the bot before it ran had no thread to leave the deadline with.
        if isStopping { setDeadline(.shutdown, exitCode: 0, mailbox) { true } }
    }

    /// The run is over: nothing is left to be stopped.
    ///
    /// - Parameter code: what the process is about to end with; what is left of the program is bounded too then. Nil where
    ///   the program goes on.
    func disconnect(endingWith code: Int32?) {
        let (mailbox, deadline) = state.withLock { state in
            defer {
                state.mailbox = nil
                state.autoRestart = nil
            }
            return (state.mailbox, state.deadline)
        }
        mailbox?.post(.cancel(.restart))
        guard let code else {
            mailbox?.post(.cancel(.shutdown))
            return
        }
        let last = MonotonicTime.now().advanced(by: Self.rest)
        mailbox?.post(
            .schedule(.shutdown, at: max(last, deadline ?? last)) { [tell, end] in
                let event = KeepAliveEvent.trouble(
                    "the program did not end in time after its bot had ended; exiting with \(code) without the rest")
                ProcessGuard.lastWord(event.description) { tell(event) }
                end(code)
            })
    }

    /// Cancels the body and sets the deadline. Asking again changes nothing.
    func stop(by reason: String, health: HealthMonitor) {
        if begin(health) { proceed(by: reason) }
    }

    /// The part of a stop that waits for nobody: from here on the process ends in time. False when it is stopping already.
    func begin(_ health: HealthMonitor) -> Bool {
        let (wasStopping, mailbox) = state.withLock { state in
            defer { state.isStopping = true }
            return (state.isStopping, state.mailbox)
        }
        guard !wasStopping else { return false }
        setDeadline(.shutdown, exitCode: 0, mailbox) { true }
        health.body = .stopping
        return true
    }

    /// The part that runs what the embedder gave.
    func proceed(by reason: String) {
        tell(.stopRequested(by: reason, timeout: timeout))
        state.withLock { $0.autoRestart }?.stop()
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
        KeepAlivePlatform.abort()
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
            let event = KeepAliveEvent.stopTimedOut(timeout: timeout, exitCode: exitCode)
            ProcessGuard.lastWord(event.description) { tell(event) }
            end(exitCode)
        }
        let deadline = MonotonicTime.now().advanced(by: timeout)
        if timer == .shutdown { state.withLock { $0.deadline = deadline } }
        mailbox?.post(.schedule(timer, at: deadline, action: action))
    }
}
