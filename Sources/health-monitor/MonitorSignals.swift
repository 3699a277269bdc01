import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The daemon's signals, handled on the guard's thread. The first SIGTERM or SIGINT asks to stop, the second ends the
/// process; SIGHUP asks for a reload. All other signals that would end the process are ignored.
///
/// A handler catches them, because blocking fails: the main thread of an async program waits in sigsuspend(2) with no
/// signal blocked, and receives them there.
final class MonitorSignals: GuardDuty {
    /// One element for each SIGHUP; several during one reload count as one.
    let reloads: AsyncStream<Void>
    private let asked: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        /// When the stopping process ends at the latest.
        var deadline: MonotonicTime?
        /// Why it stops; nil if a signal asked for it.
        var failure: KeepAliveError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Signals that somebody may send by mistake, that report a system limit (SIGXFSZ: a file got too large), or that
    /// would end the process. Faults and job control are excluded.
    private static let harmless: [Int32] = {
        let common = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXFSZ, SIGIO]
        #if os(Linux)
            // 34 to 64 are the real-time signals that the C library leaves to programs.
            return common + [SIGPWR, SIGSTKFLT] + Array(34...64)
        #else
            return common
        #endif
    }()

    /// The time limit for stopping: within the 10 s of `docker stop`.
    private static let timeToStop = Duration.seconds(9)

    /// From now on signals are kept for `wait` and `reloads`.
    init() throws(Errno) {
        try ProcessGuard.shared.start()
        (reloads, asked) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        ProcessGuard.shared.attach(self, takesSignals: true)
        SignalRelay.connect(to: ProcessGuard.shared.signalPipe, endsAtSecond: true)
        SignalRelay.install(SignalRelay.standard + [SIGHUP] + Self.harmless)
    }

    /// Returns once the monitor should stop, and the error if it must. After that the process ends in time, whatever its
    /// parts do.
    func wait() async -> KeepAliveError? {
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if state.deadline == nil { state.waiter = continuation }
                return state.deadline != nil
            }
            if isLate { continuation.resume() }
        }
        return state.withLock { $0.failure }
    }

    /// Stops the monitor as a signal does: it must not go on. From any thread; never waits.
    func stop(because error: KeepAliveError) {
        state.withLock { if $0.deadline == nil, $0.failure == nil { $0.failure = error } }
        ProcessGuard.shared.wake()
    }

    var isOver: Bool { false }

    func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime? {
        if signals.contains(SIGHUP) { ProcessGuard.shared.run("monitor-reload") { [asked] in asked.yield() } }
        let isSignal = signals.contains(SIGTERM) || signals.contains(SIGINT)
        let (deadline, code, waiter) = state.withLock { state in
            let isStop = isSignal || state.failure != nil
            if isStop, state.deadline == nil { state.deadline = now.advanced(by: Self.timeToStop) }
            defer { if isStop { state.waiter = nil } }
            return (state.deadline, state.failure?.exitCode ?? 0, isStop ? state.waiter : nil)
        }
        if let waiter { ProcessGuard.shared.run("monitor-stop") { waiter.resume() } }
        if let deadline, deadline <= now { endProcessAtOnce(code) }
        return deadline
    }
}
