import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Watches from a plain thread that checks begin and end, and feeds the service manager's watchdog.
///
/// Nothing in the task pool notices a timer that never fires, a task that never resumes or a stopped pool. Then this
/// guard turns the monitor's `/health` unhealthy and stops feeding the watchdog until checks finish again.
final class MonitorGuard: Sendable {
    private let pulse: Pulse
    private let health: HealthMonitor
    private let grace: Duration
    private let notifier: ServiceNotifier?
    private let log: Log
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var isLate = false
        var fedAt: MonotonicTime?
    }

    private static let interval = Duration.milliseconds(250)
    /// A later beat means that the whole process was stopped.
    private static let tolerance = Duration.seconds(5)

    /// - Parameters:
    ///   - grace: how long an activity may be overdue.
    ///   - notifier: feeds the service manager's watchdog, if there is one.
    init(_ pulse: Pulse, health: HealthMonitor, grace: Duration, notifier: ServiceNotifier? = nil, log: Log) {
        self.pulse = pulse
        self.health = health
        self.grace = grace
        self.notifier = notifier
        self.log = log
    }

    /// - Throws: `Errno` if the system cannot start a thread.
    func start() throws(Errno) {
        pulse.tick()
        let pause = min(Self.interval, feedInterval.map { $0 / 2 } ?? Self.interval)
        let milliseconds = Int32(clamping: max(1, pause.microseconds / 1000))
        try OSThread.start(name: "monitor-guard") { [self] in
            while !state.withLock({ $0.isStopped }) {
                beat()
                OSThread.rest(milliseconds: milliseconds)
            }
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    private var feedInterval: Duration? { notifier?.watchdogTimeout.map { $0 / 3 } }

    /// Checks everything once.
    func beat(at now: MonotonicTime = .now()) {
        pulse.tick()
        health.noteLook(at: now, next: Self.tolerance)
        let overdue = pulse.overdue(at: now, grace: grace)
        let seconds = overdue.map { $0.by.components.seconds }
        let words = overdue.map { "checks do not end: \($0.activity) is \(seconds ?? 0) s overdue" }
        health.note(trouble: "checks", words, isCritical: true)
        let wasLate = state.withLock { state in
            defer { state.isLate = words != nil }
            return state.isLate
        }
        if let words, !wasLate { log(.error, "\(words); /health is unhealthy until they do") }
        if words == nil, wasLate { log(.info, "checks finish again") }
        feed(at: now)
    }

    private func feed(at now: MonotonicTime) {
        guard let notifier, let feedInterval else { return }
        let isDue = state.withLock { state in
            if let fedAt = state.fedAt, now.since(fedAt) < feedInterval { return false }
            state.fedAt = now
            return true
        }
        if isDue, health.report().status != .unhealthy { notifier.send("WATCHDOG=1") }
    }
}
