import KeepAliveKit
import KeepAlivePlatform

/// What the launcher heeds, and what it does.
extension SupervisorState {
    enum Event: Equatable {
        /// SIGTERM, SIGINT or SIGQUIT.
        case stopSignal(Int32)
        /// SIGHUP.
        case reloadSignal
        /// SIGUSR1 or SIGUSR2.
        case otherSignal(Int32)
        /// The bot has ended. The record is the shared ledger's current one, with the remaining delay that the bot was
        /// waiting for. It left this many processes running, which have been ended.
        case exited(
            WaitStatus, healthyFor: Duration?, leftBehind: Int = 0, record: RestartPolicy.Record,
            remaining: Duration = .zero)
        /// It could not be started: temporarily, if a resource is missing, or permanently.
        case startFailed(String, isPassing: Bool = false, record: RestartPolicy.Record)
        /// Too many consecutive failures of its `/health`; stuck if the bot reports that its executor runs nothing.
        case unhealthy(String, isStuck: Bool)
        /// It did not send `WATCHDOG=1` in time.
        case watchdogMissed
        /// It hangs in another way, or reports that itself.
        case hung(String)
        /// It did not become ready in time, although it notifies readiness.
        case notReady(after: Duration)
        /// It held too much memory for too long, this long after its start.
        case tooLarge(String, after: Duration)
        /// It did not end in time, although it said that it does.
        case notEnded
        case graceOver
        case delayOver
        /// The lease is ours, with the record that the leader before left.
        case leaseTaken(RestartPolicy.Record?)
        /// The lease is lost, or passed on: no bot may run.
        case leaseEnded(String)
        /// Another machine has the lease, or is about to: no bot may run for a moment longer.
        case leaseLost(String)
        /// The bot cannot be started yet, because too little is left of the lease.
        case postponed
    }

    enum Action: Equatable {
        case start
        case signal(Int32)
        /// Send SIGKILL to the bot's process group.
        case killGroup
        /// Start the grace period for the bot's end.
        case beginGrace
        /// Restart after a delay, which the ledger records.
        case wait(Duration, RestartPolicy.Record)
        /// Nothing will be restarted, but the ledger informs the next launcher.
        case remember(Duration, RestartPolicy.Record)
        /// The bot has been healthy long enough: reset its failures.
        case forgetFailures
        case log(Log.Level, String)
        /// The bot died or was ended for a reason: one log line for both, with the next step, and a report.
        case died(WaitStatus, words: String, reason: String?, next: String?)
        case exit(Int32)
    }
}
