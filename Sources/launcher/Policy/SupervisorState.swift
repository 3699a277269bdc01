import KeepAliveKit
import KeepAlivePlatform

/// Decides the launcher's actions: state × event → actions. Pure: it starts and signals no process, and reads no clock.
///
/// Actions are in order of execution: signal or start, arm the deadline, publish, and finally log. So a slow reader of
/// the log delays neither a restart nor a stop.
struct SupervisorState: Equatable {
    /// Why the running bot was asked to end.
    enum Ending: Equatable {
        /// The launcher stops; no restart follows.
        case shutdown
        /// A requested restart: immediate, and not counted.
        case reload
        /// The bot was found unhealthy.
        case condemned(String)
        /// The lease is lost, or passed on: another machine's bot follows.
        case yielding
        /// The bot held too much memory, long after its start: immediate, and not counted.
        case tooLarge(String)
    }

    enum Phase: Equatable {
        /// Another machine has the lease, or it is not known who has.
        case standby
        /// Waiting for the backoff delay before the restart.
        case waiting
        case running
        /// Asked to end; the grace period runs.
        case ending(Ending)
        case finished(Int32)
    }

    private(set) var phase = Phase.waiting
    private var policy: RestartPolicy
    /// Whether this launcher killed the running bot.
    private(set) var hasKilled = false
    /// Why the running bot was found unhealthy, even if another ending applies now.
    private var condemnation: String?
    /// The last event, for the status.
    private(set) var reason: String?

    /// - Parameter needsLease: whether a bot runs only while this machine has the lease.
    init(policy: RestartPolicy, needsLease: Bool = false) {
        self.policy = policy
        if needsLease { phase = .standby }
    }

    /// The phase, for the status.
    var word: String {
        switch phase {
        case .standby: "standby"
        case .waiting: "waiting"
        case .running: "running"
        case .ending(.shutdown): "stopping"
        case .ending: "restarting"
        case .finished: "stopped"
        }
    }

    /// Whether a bot runs, for the status: an ended bot does not count, even while its end is being handled.
    var hasBot: Bool {
        switch phase {
        case .running, .ending: true
        case .standby, .waiting, .finished: false
        }
    }

    /// Applies other limits and delays from now on.
    mutating func adopt(_ policy: RestartPolicy) {
        let record = self.policy.record
        self.policy = policy
        self.policy.resume(record)
    }

    mutating func handle(_ event: Event) -> [Action] {
        switch (event, phase) {
        case (_, .finished): return []

        case (.delayOver, .waiting):
            phase = .running
            return [.start]
        case (.delayOver, _): return []

        case (.stopSignal(let signal), .running):
            phase = .ending(.shutdown)
            reason = WaitStatus.name(signal)
            return [.signal(signal), .beginGrace, .log(.info, "\(WaitStatus.name(signal)): stopping the bot")]
        case (.stopSignal, .ending(.shutdown)):
            hasKilled = true
            return [.killGroup, .log(.warning, "second signal: killing the bot")]
        case (.stopSignal(let signal), .ending):
            phase = .ending(.shutdown)
            return [.signal(signal), .log(.info, "\(WaitStatus.name(signal)): stopping")]
        case (.stopSignal(let signal), .waiting), (.stopSignal(let signal), .standby):
            phase = .finished(0)
            reason = WaitStatus.name(signal)
            return [.exit(0), .log(.info, "\(WaitStatus.name(signal)): stopping; no bot is running")]

        case (.reloadSignal, .running):
            phase = .ending(.reload)
            reason = "SIGHUP"
            return [.signal(SIGTERM), .beginGrace, .log(.info, "SIGHUP: restarting the bot")]
        case (.reloadSignal, .waiting):
            phase = .running
            return [.start, .log(.info, "SIGHUP: starting the bot now")]
        case (.reloadSignal, .ending), (.reloadSignal, .standby): return []

        case (.otherSignal(let signal), .running), (.otherSignal(let signal), .ending): return [.signal(signal)]
        case (.otherSignal, .waiting), (.otherSignal, .standby): return []

        case (.unhealthy(let reason, let isStuck), .running):
            // A stuck bot cannot stop in order; the abort's backtrace shows where it is stuck.
            return condemn("restarting the bot", reason, isStuck ? SIGABRT : SIGTERM)
        case (.watchdogMissed, .running):
            // Like systemd: the abort leaves a backtrace of where the bot hangs.
            return condemn("aborting the bot", "it sent no WATCHDOG=1 in time", SIGABRT)
        case (.hung(let reason), .running): return condemn("aborting the bot", reason, SIGABRT)
        case (.notReady(let time), .running):
            return condemn("restarting the bot", "it was not ready \(time.inWords) after its start", SIGTERM)
        case (.notEnded, .running):
            return condemn("restarting the bot", "it did not end in time after its STOPPING=1", SIGTERM)
        case (.tooLarge(let reason, let uptime), .running):
            let actions = condemn("restarting the bot", reason, SIGTERM)
            // A slow leak is no failure of the start.
            if uptime >= policy.resetAfter { phase = .ending(.tooLarge(reason)) }
            return actions
        case (.unhealthy, _), (.watchdogMissed, _), (.hung, _), (.notReady, _), (.notEnded, _), (.tooLarge, _):
            return []

        case (.graceOver, .ending):
            hasKilled = true
            return [.killGroup, .log(.error, "the bot did not stop in time; killing it")]
        case (.graceOver, _): return []

        case (.leaseTaken(let record), .standby):
            if let record { policy.resume(record) }
            phase = .running
            reason = nil
            return [.start]
        case (.leaseTaken, _): return []
        case (.postponed, .running):
            phase = .waiting
            return []
        case (.postponed, _): return []
        case (.leaseEnded(let words), .running), (.leaseEnded(let words), .ending(.reload)),
            (.leaseEnded(let words), .ending(.condemned)), (.leaseEnded(let words), .ending(.tooLarge)):
            phase = .ending(.yielding)
            reason = words
            return [.signal(SIGTERM), .beginGrace, .log(.warning, "stopping the bot: \(words)")]
        case (.leaseLost(let words), .running), (.leaseLost(let words), .ending):
            if phase != .ending(.shutdown) { phase = .ending(.yielding) }
            reason = words
            hasKilled = true
            return [.killGroup, .log(.error, "killing the bot: \(words)")]
        case (.leaseEnded, .waiting), (.leaseLost, .waiting):
            phase = .standby
            return []
        case (.leaseLost, _): return []
        case (.leaseEnded, _): return []

        case (.exited(let status, let healthyFor, let leftBehind, let record, let remaining), _):
            let isOurs = hasKilled && status.signal == SIGKILL
            defer { (hasKilled, condemnation) = (false, nil) }
            policy.resume(record)
            let forgotten: [Action] =
                if let healthyFor, policy.wasHealthy(for: healthyFor) { [.forgetFailures] } else { [] }
            return forgotten + exited(isOurs ? .killedByLauncher : status, leftBehind, remaining)
        case (.startFailed(let reason, let isPassing, let record), _):
            policy.resume(record)
            self.reason = reason
            return again(isPassing ? .network() : .failure) { .log(.warning, reason + ($0.map { "; \($0)" } ?? "")) }
        }
    }

    private mutating func condemn(_ words: String, _ reason: String, _ signal: Int32) -> [Action] {
        phase = .ending(.condemned(reason))
        condemnation = reason
        self.reason = reason
        return [.signal(signal), .beginGrace, .log(.error, "\(words): \(reason)")]
    }

    private mutating func exited(
        _ status: WaitStatus, _ leftBehind: Int, _ remaining: Duration
    ) -> [Action] {
        let died = status == .exited(0) ? "the bot ended with exit code 0" : "the bot died: \(status.words)"
        switch (phase, status) {
        case (.ending(.shutdown), _), (.ending(.reload), _):
            let isLast = phase == .ending(.shutdown)
            phase = isLast ? .finished(status.exitCode) : .running
            // This crash happened while the bot was ending and does not count, but it is reported.
            let line: Action =
                status.isCrash
                ? .died(
                    status, words: died, reason: condemnation ?? "it crashed while it was stopping", next: nil)
                : .log(.info, "the bot ended with \(status.words)")
            return [isLast ? .exit(status.exitCode) : .start, line]
        case (.ending(.yielding), _):
            phase = .standby
            // Its end says nothing about the bot, so nothing counts.
            return [
                status.isCrash
                    ? .died(status, words: died, reason: condemnation ?? reason, next: nil)
                    : .log(.info, "the bot ended with \(status.words)")
            ]
        case (.ending(.tooLarge(let reason)), _):
            phase = .running
            return [.start, .died(status, words: died, reason: reason, next: "restart now")]
        case (.ending(.condemned(let reason)), _):
            return again(atLeast: remaining) { .died(status, words: died, reason: reason, next: $0) }
        case (_, .exited(0)) where leftBehind > 0:
            phase = .finished(0)
            let words =
                "the bot ended with exit code 0 and left \(leftBehind == 1 ? "a process" : "\(leftBehind) processes") "
                + "running, like a daemon; start the bot in the foreground"
            reason = words
            return [.exit(0), .log(.error, words)]
        case (_, .exited(0)), (_, .exited(70)), (_, .exited(78)):
            phase = .finished(status.exitCode)
            let words = Self.words(final: status)
            reason = words
            return [.exit(status.exitCode), .log(status.exitCode == 0 ? .info : .error, words)]
        case (_, .exited(71)), (_, .exited(75)):
            // 71, EX_OSERR: the machine lacks a resource. 75, EX_TEMPFAIL: the connection was lost for good, or the
            // body did not follow a requested restart.
            // An outage may last a day and the bot cannot end it. So no attempt counts, as for a network error of its
            // own loop.
            let words =
                status == .exited(75)
                ? "the bot asked for a restart (exit code 75)"
                : "the bot reports a shortage of descriptors, memory, threads or disk space (exit code 71)"
            reason = words
            return again(.network(), atLeast: remaining) { .died(status, words: words, reason: nil, next: $0) }
        default:
            reason = died
            return again(atLeast: remaining) { .died(status, words: died, reason: nil, next: $0) }
        }
    }

    /// - Parameter line: makes the log line, given the next step.
    private mutating func again(
        _ error: ErrorClass = .failure, atLeast least: Duration = .zero, line: (String?) -> Action
    ) -> [Action] {
        var random = SystemRandomNumberGenerator()
        switch policy.ended(.threw(error), using: &random) {
        case .restart(let decided):
            let delay = max(decided, least)
            phase = .waiting
            let count = error == .failure ? "failure \(policy.record.failures) of \(policy.maxRestarts), " : ""
            return [.wait(delay, policy.record), line("\(count)restart in \(delay.inWords)")]
        case .giveUp(let failures):
            phase = .finished(70)
            let times = failures == 1 ? "1 failure" : "\(failures) failures in a row"
            let words = ["gave up after \(times) (MAX_RESTARTS)", reason].compactMap { $0 }
                .joined(separator: "; the last one: ")
            reason = words
            return [.remember(policy.latestDelay, policy.record), .exit(70), line(nil), .log(.error, words)]
        case .stop:
            phase = .finished(78)
            return [.exit(78)]
        }
    }

    private static func words(final status: WaitStatus) -> String {
        switch status {
        case .exited(70): "the bot gave up (exit code 70): it reached MAX_RESTARTS"
        case .exited(78):
            "the bot cannot run (exit code 78), and a restart will not help; fix what its last lines report"
        default: "the bot ended with \(status.words)"
        }
    }
}
