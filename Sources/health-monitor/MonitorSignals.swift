import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The signals of the daemon, taken on the guard's thread: the first SIGTERM or SIGINT asks to stop, the second ends the
/// process; SIGHUP asks to read the configuration again. All others that would end the process do nothing.
///
/// Caught by a handler, since they cannot be blocked: the main thread of an async program rests in sigsuspend(2) with no
/// signal blocked, and takes them there.
final class MonitorSignals: GuardDuty {
    /// One element for each SIGHUP; those that come while an earlier one is still waited for are one.
    let reloads: AsyncStream<Void>
    private let asked: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        /// When the process ends that was asked to stop.
        var deadline: MonotonicTime?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// What somebody may send by mistake, or a limit of the system (SIGXFSZ: a file got too large), and what would end the
    /// process. Not those of faults and of the terminal's job control.
    private static let harmless: [Int32] = {
        let common = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXFSZ, SIGIO]
        #if os(Linux)
            // 34 to 64 are the real-time signals that the C library leaves to programs.
            return common + [SIGPWR, SIGSTKFLT] + Array(34...64)
        #else
            return common
        #endif
    }()

    /// How long the rest of the program may take to stop: within the 10 s that `docker stop` gives.
    private static let timeToStop = Duration.seconds(9)

    /// Signals that come from now on are kept for `wait` and `reloads`.
    init() throws(Errno) {
        try ProcessGuard.shared.start()
        (reloads, asked) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        ProcessGuard.shared.attach(self, takesSignals: true)
        SignalRelay.connect(to: ProcessGuard.shared.signalPipe, endsAtSecond: true)
        SignalRelay.install(SignalRelay.standard + [SIGHUP] + Self.harmless)
    }

    /// Returns once the monitor is to stop. From then on the process ends in time, whatever its parts do.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if state.deadline == nil { state.waiter = continuation }
                return state.deadline != nil
            }
            if isLate { continuation.resume() }
        }
    }

    var isOver: Bool { false }

    func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime? {
        if signals.contains(SIGHUP) { ProcessGuard.shared.run("monitor-reload") { [asked] in asked.yield() } }
        let isStop = signals.contains(SIGTERM) || signals.contains(SIGINT)
        let (deadline, waiter) = state.withLock { state in
            if isStop, state.deadline == nil { state.deadline = now.advanced(by: Self.timeToStop) }
            defer { if isStop { state.waiter = nil } }
            return (state.deadline, isStop ? state.waiter : nil)
        }
        if let waiter { ProcessGuard.shared.run("monitor-stop") { waiter.resume() } }
        if let deadline, deadline <= now { endProcessAtOnce(0) }
        return deadline
    }
}
