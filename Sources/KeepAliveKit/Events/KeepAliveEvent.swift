import KeepAlivePlatform

/// What happened. Its description is the log line; its level is the line's level.
public enum KeepAliveEvent: Equatable, Sendable, CustomStringConvertible {
    /// The bot is about to run.
    case starting(name: String, version: String, environment: String)
    /// A port was taken, and the next one is tried.
    case portTaken(port: Int)
    /// The health server answers.
    case listening(port: Int)
    /// The body was started: 1 is the first time in this process.
    case bodyStarted(attempt: Int)
    /// The body has ended.
    case bodyEnded
    /// The body ended without having been asked to, and will be started again.
    case restartScheduled(
        after: Duration, outcome: RestartPolicy.Outcome, failures: Int, limit: Int, reason: String)
    /// Somebody asked for a restart of the body.
    case restartRequested
    /// The body ran well for long enough that its earlier failures no longer count.
    case failuresForgotten(healthyFor: Duration)
    /// An earlier process left failures behind; their delay is waited out.
    case ledgerResumed(failures: Int, remaining: Duration)
    /// The ledger of restarts could not be read, and was moved out of the way.
    case ledgerDamaged(path: String, movedTo: String?)
    /// The ledger of restarts could not be read or written; the sequence goes on in memory.
    case ledgerUnwritable(path: String, reason: String)
    /// A signal, or the embedder, asked the bot to stop.
    case stopRequested(by: String, timeout: Duration)
    /// The body did not end within its time; the process ends without it.
    case stopTimedOut(timeout: Duration, exitCode: Int32)
    /// The watchdog looks from now on.
    case watchdogStarted(WatchdogThresholds)
    /// Connected and silent, but the other side answers: left alone.
    case gatewayQuiet(GatewaySnapshot)
    /// The watchdog has given the bot up.
    case condemned(WatchdogCondemnation)
    /// Everything has ended as asked.
    case stopped
    /// The log file or another part of the kit could not do its work; the bot runs on.
    case trouble(String)

    /// How serious it is.
    public var level: Log.Level {
        switch self {
        case .bodyEnded: .debug
        case .watchdogStarted, .gatewayQuiet, .starting, .listening, .bodyStarted, .restartRequested,
            .failuresForgotten, .stopRequested, .stopped:
            .info
        case .portTaken, .restartScheduled, .ledgerResumed, .ledgerDamaged, .ledgerUnwritable, .trouble:
            .warn
        case .stopTimedOut, .condemned: .error
        }
    }

    /// The log line.
    public var description: String {
        switch self {
        case .starting(let name, let version, let environment):
            "\(name) \(version) starts (environment \(environment))"
        case .portTaken(let port):
            "port \(port) is taken by another program; trying the next one"
        case .listening(let port):
            "health server listens on port \(port)"
        case .bodyStarted(let attempt):
            attempt == 1 ? "bot body started" : "bot body started again (start \(attempt))"
        case .bodyEnded:
            "bot body ended"
        case .restartScheduled(let delay, let outcome, let failures, let limit, let reason):
            switch outcome {
            case .threw(.network):
                "network error, restart in \(delay.inWords) (uses up no attempt): \(reason)"
            default:
                "bot body failed (\(failures) of \(limit) in a row), restart in \(delay.inWords): \(reason)"
            }
        case .restartRequested:
            "restart requested: the bot body is cancelled and started again"
        case .failuresForgotten(let duration):
            "healthy for \(duration.components.seconds) s: earlier failures no longer count"
        case .ledgerResumed(let failures, let remaining):
            "continuing after \(failures) earlier failure\(failures == 1 ? "" : "s")"
                + (remaining > .zero ? ", \(remaining.inWords) of the restart delay are left" : "")
        case .ledgerDamaged(let path, let aside):
            "the restart ledger \(path) is damaged"
                + (aside.map { "; moved to \($0), the delays start over" } ?? " and cannot be moved away")
        case .ledgerUnwritable(let path, let reason):
            "the restart ledger \(path) cannot be used (\(reason)); delays are kept in memory only"
        case .stopRequested(let reason, let timeout):
            "\(reason): stopping, the bot body has \(timeout.inWords) to end"
        case .stopTimedOut(let timeout, let code):
            "the bot body did not end within \(timeout.inWords) of being cancelled; exiting with \(code) without it"
        case .watchdogStarted(let thresholds):
            "watchdog \(thresholds)"
        case .gatewayQuiet(let snapshot):
            "connected and silent, but the other side answers: left alone; \(snapshot)"
        case .condemned(let condemnation):
            "condemned: \(condemnation)"
        case .stopped:
            "stopped"
        case .trouble(let message):
            message
        }
    }
}
