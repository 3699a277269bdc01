import KeepAliveKit
import KeepAlivePlatform

/// The launcher's counts in Prometheus' format. Pure: events go in, a text comes out.
struct LauncherMetrics: Equatable {
    /// Why the bot was restarted.
    enum Reason: String, CaseIterable {
        /// It ended by itself or by a signal.
        case crash
        /// Too many consecutive failures of its `/health`.
        case unhealthy
        /// It sent no `WATCHDOG=1` in time or no first notification, or asked for its abort.
        case watchdog
        /// It requested a restart by exiting with 71 or 75.
        case asked
        /// A SIGHUP.
        case reload
        case startFailed = "start_failed"
        /// It held more than `MAX_MEMORY_MB`.
        case memory
    }

    private let bot: String
    private let stateDirectory: String
    private var restarts: [Reason: Int] = [:]
    private var reason: Reason?
    private var isUp = false
    /// It ends because of the lease; its next start is none of a restart.
    private var isYielding = false
    /// As in a shell: 128 plus the signal's number for a killed bot.
    private var lastExitCode: Int32?
    private var delay = Duration.zero
    private var pollFailures = 0
    /// Nil without a lease.
    private var lease: LeaseFigures?

    /// - Parameters:
    ///   - bot: the path of its program.
    ///   - stateDirectory: distinguishes two bots of one program.
    init(bot: String, stateDirectory: String) {
        self.bot = bot.split(separator: "/").last.map(String.init) ?? bot
        self.stateDirectory = stateDirectory
    }

    /// Notes an event of the running bot; the first reason counts.
    mutating func note(_ event: SupervisorState.Event) {
        switch event {
        case .unhealthy where isUp && reason == nil, .notEnded where isUp && reason == nil: reason = .unhealthy
        case .tooLarge where isUp && reason == nil: reason = .memory
        case .watchdogMissed where isUp && reason == nil, .hung where isUp && reason == nil: reason = .watchdog
        case .notReady where isUp && reason == nil: reason = .startFailed
        case .reloadSignal where isUp && reason == nil: reason = .reload
        case .leaseEnded where isUp, .leaseLost where isUp: isYielding = true
        case .exited(let status, _, _, _, _):
            if reason == nil { reason = status == .exited(71) || status == .exited(75) ? .asked : .crash }
            if isYielding { reason = nil }
            (isUp, isYielding) = (false, false)
            lastExitCode = status.exitCode
        case .startFailed:
            reason = .startFailed
            isUp = false
        default: break
        }
    }

    /// This machine's place in the lease.
    struct LeaseFigures: Equatable {
        let name: String
        var isLeader: Bool
        /// The number of the holder's term, as last seen.
        var epoch: Int64
    }

    mutating func note(_ lease: LeaseFigures) { self.lease = lease }

    /// The number of restarts for any reason.
    var allRestarts: Int { restarts.values.reduce(0, &+) }

    mutating func noteWait(_ delay: Duration) { self.delay = delay }

    mutating func notePollFailure() { pollFailures &+= 1 }

    /// The bot was started; the first start is no restart.
    mutating func noteStart() {
        if let reason { restarts[reason, default: 0] &+= 1 }
        (reason, isUp, delay) = (nil, true, .zero)
    }

    /// The text, in format 0.0.4: node_exporter's textfile collector reads no other.
    ///
    /// - Parameter time: the time of writing.
    func text(at time: WallTime) -> [UInt8] {
        var text = MetricsText(.prometheus)
        let (bot, folder) = (bot, stateDirectory)
        text.family("keepalive_launcher_build", .info, "The launcher's version.")
        text.sample(1, ["bot": bot, "state_dir": folder, "version": kitVersion])
        text.family(
            "keepalive_launcher_written_timestamp_seconds", .gauge,
            "When the launcher wrote this file; at least once a minute.")
        text.sample(Double(time.microseconds) / 1_000_000, ["bot": bot, "state_dir": folder])
        text.family("keepalive_launcher_bot_up", .gauge, "1 if the bot's process runs.")
        text.sample(isUp ? 1 : 0, ["bot": bot, "state_dir": folder])
        text.family(
            "keepalive_launcher_restarts", .counter, "Restarts of the bot, by reason.")
        for reason in Reason.allCases {
            text.sample(restarts[reason] ?? 0, ["bot": bot, "state_dir": folder, "reason": reason.rawValue])
        }
        text.family(
            "keepalive_launcher_backoff_delay_seconds", .gauge,
            "Backoff delay before the next restart; 0 while the bot runs."
        )
        text.sample(delay.seconds, ["bot": bot, "state_dir": folder])
        text.family("keepalive_launcher_health_poll_failures", .counter, "Failed polls of the bot's /health.")
        text.sample(pollFailures, ["bot": bot, "state_dir": folder])
        if let lastExitCode {
            text.family(
                "keepalive_launcher_last_exit_code", .gauge,
                "The bot's last exit code; 128 plus the signal number if a signal ended it.")
            text.sample(lastExitCode, ["bot": bot, "state_dir": folder])
        }
        if let lease {
            text.family("keepalive_lease_leader", .gauge, "1 if this machine has the lease.")
            text.sample(lease.isLeader ? 1 : 0, ["name": lease.name])
            text.family("keepalive_lease_epoch", .gauge, "The highest epoch of the lease that this launcher has seen.")
            text.sample(Double(lease.epoch), ["name": lease.name])
        }
        return text.finish()
    }
}
