import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Decides what the launcher does: state × event → actions. Pure: it starts nothing, signals nobody and reads no clock.
struct SupervisorState: Equatable {
    /// Why the running bot was told to end.
    enum Ending: Equatable {
        /// The launcher is to stop; nothing follows.
        case shutdown
        /// Somebody asked for a new start: at once, and without counting.
        case reload
        /// The launcher gave up on it.
        case condemned(String)
    }

    enum Phase: Equatable {
        /// Waiting for the delay before the next start.
        case waiting
        case running
        /// Told to end; the grace timer runs.
        case ending(Ending)
        case finished(Int32)
    }

    enum Event: Equatable {
        /// SIGTERM, SIGINT or SIGQUIT.
        case stopSignal(Int32)
        /// SIGHUP.
        case reloadSignal
        /// SIGUSR1 or SIGUSR2.
        case otherSignal(Int32)
        /// The bot has ended. The record is what the shared ledger says now.
        case exited(WaitStatus, healthyFor: Duration?, record: RestartPolicy.Record)
        /// It could not be started at all.
        case startFailed(String, record: RestartPolicy.Record)
        /// Its `/health` failed too often in a row; stuck when the bot said that its executor runs nothing.
        case unhealthy(String, isStuck: Bool)
        /// It did not send `WATCHDOG=1` in time.
        case watchdogMissed
        case graceOver
        case delayOver
    }

    enum Action: Equatable {
        case start
        case signal(Int32)
        /// SIGKILL to everything in the bot's group.
        case killGroup
        /// Begin the time that the bot has to end.
        case beginGrace
        /// Start after a delay; the ledger has it.
        case wait(Duration, RestartPolicy.Record)
        /// Nothing will be started, but the ledger tells the next launcher.
        case remember(Duration, RestartPolicy.Record)
        /// The bot has been well: forget its failures.
        case forgetFailures
        case log(Log.Level, String)
        case crashed(WaitStatus, reason: String?)
        case exit(Int32)
    }

    private(set) var phase = Phase.waiting
    private var policy: RestartPolicy
    /// The running bot was killed here: its end is nobody else's doing.
    private var hasKilled = false
    /// Why the running bot was condemned, also when something else is to follow by now.
    private var condemnation: String?

    init(policy: RestartPolicy) {
        self.policy = policy
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
            return [.log(.info, "\(WaitStatus.name(signal)): stopping the bot"), .signal(signal), .beginGrace]
        case (.stopSignal, .ending(.shutdown)):
            hasKilled = true
            return [.log(.warn, "second signal: killing the bot"), .killGroup]
        case (.stopSignal(let signal), .ending):
            phase = .ending(.shutdown)
            return [.log(.info, "\(WaitStatus.name(signal)): stopping"), .signal(signal)]
        case (.stopSignal, .waiting):
            phase = .finished(0)
            return [.exit(0)]

        case (.reloadSignal, .running):
            phase = .ending(.reload)
            return [.log(.info, "SIGHUP: restarting the bot"), .signal(SIGTERM), .beginGrace]
        case (.reloadSignal, .waiting):
            phase = .running
            return [.log(.info, "SIGHUP: starting the bot without further delay"), .start]
        case (.reloadSignal, .ending): return []

        case (.otherSignal(let signal), .running), (.otherSignal(let signal), .ending): return [.signal(signal)]
        case (.otherSignal, .waiting): return []

        case (.unhealthy(let reason, let isStuck), .running):
            phase = .ending(.condemned(reason))
            condemnation = reason
            // A stuck bot could not stop in good order; the abort's backtrace shows where it is stuck.
            return [.log(.error, "restarting the bot: \(reason)"), .signal(isStuck ? SIGABRT : SIGTERM), .beginGrace]
        case (.watchdogMissed, .running):
            let reason = "it sent no WATCHDOG=1 in time"
            phase = .ending(.condemned(reason))
            condemnation = reason
            // As systemd does it: the abort leaves a backtrace of where the bot hangs.
            return [.log(.error, "aborting the bot: \(reason)"), .signal(SIGABRT), .beginGrace]
        case (.unhealthy, _), (.watchdogMissed, _): return []

        case (.graceOver, .ending):
            hasKilled = true
            return [.log(.error, "the bot did not end in time: killing it"), .killGroup]
        case (.graceOver, _): return []

        case (.exited(let status, let healthyFor, let record), _):
            let isOurs = hasKilled && status.signal == SIGKILL
            defer { (hasKilled, condemnation) = (false, nil) }
            return exited(isOurs ? .killedByLauncher : status, healthyFor: healthyFor, record: record)
        case (.startFailed(let reason, let record), _):
            policy.resume(record)
            return again(because: reason)
        }
    }

    private mutating func exited(
        _ status: WaitStatus, healthyFor: Duration?, record: RestartPolicy.Record
    ) -> [Action] {
        policy.resume(record)
        // What the bot left behind in its group would fight the next one for its port and its chat.
        var actions: [Action] = [.killGroup]
        if let healthyFor, policy.wasHealthy(for: healthyFor) { actions.append(.forgetFailures) }
        switch phase {
        case .ending(.shutdown), .ending(.reload):
            // It does not end for this reason, and is not counted; but somebody should know.
            if status.isCrash {
                actions.append(.crashed(status, reason: condemnation ?? "it crashed while it was stopping"))
            }
        default: break
        }
        switch (phase, status) {
        case (.ending(.shutdown), _):
            phase = .finished(status.exitCode)
            actions += [.log(.info, "the bot has ended with \(status.words)"), .exit(status.exitCode)]
        case (.ending(.reload), _):
            phase = .running
            actions += [.log(.info, "the bot has ended with \(status.words)"), .start]
        case (.ending(.condemned(let reason)), _):
            actions += [.crashed(status, reason: reason)]
            actions += again(because: reason)
        case (_, .exited(0)), (_, .exited(70)), (_, .exited(78)):
            phase = .finished(status.exitCode)
            actions += [.log(status.exitCode == 0 ? .info : .error, Self.words(final: status)), .exit(status.exitCode)]
        case (_, .exited(75)):
            // EX_TEMPFAIL: the connection was lost for good, or somebody asked for a restart that the body did not follow.
            // An outage may last for a day, and the bot can do nothing about it: as with a network error of its own loop,
            // no attempt is used up.
            actions += [.crashed(status, reason: nil)]
            actions += again(because: "the bot asks to be started again (exit code 75)", .network())
        default:
            actions += [.crashed(status, reason: nil)]
            actions += again(because: "the bot ended with \(status.words)")
        }
        return actions
    }

    private mutating func again(because reason: String, _ error: ErrorClass = .failure) -> [Action] {
        var random = SystemRandomNumberGenerator()
        switch policy.ended(.threw(error), using: &random) {
        case .restart(let delay):
            phase = .waiting
            let count = error == .failure ? "failure \(policy.record.failures) of \(policy.maxRestarts), " : ""
            return [
                .wait(delay, policy.record), .log(.warn, "\(reason); \(count)next start in \(delay.inWords)"),
            ]
        case .giveUp(let failures):
            phase = .finished(70)
            let times = failures == 1 ? "1 failure" : "\(failures) failures in a row"
            return [
                .log(.error, "\(reason); gave up after \(times) (MAX_RESTARTS)"),
                .remember(policy.latestDelay, policy.record), .exit(70),
            ]
        case .stop:
            phase = .finished(78)
            return [.exit(78)]
        }
    }

    private static func words(final status: WaitStatus) -> String {
        switch status {
        case .exited(70): "the bot has given up (exit code 70): its restart limit is used up"
        case .exited(78): "the bot cannot run (exit code 78): starting it again will not help"
        default: "the bot has ended as asked"
        }
    }
}
