import KeepAliveKit
import KeepAlivePlatform

/// What the launcher counts, as Prometheus reads it. Pure: events go in, a text comes out.
struct LauncherMetrics: Equatable {
    /// Why the bot was started again.
    enum Reason: String, CaseIterable {
        /// It ended by itself, or a signal killed it.
        case crash
        /// Its `/health` failed too often in a row.
        case unhealthy
        /// It sent no `WATCHDOG=1` in time.
        case watchdog
        /// It asked for it by ending with 71 or 75.
        case asked
        /// Somebody sent SIGHUP.
        case reload
        case startFailed = "start_failed"
    }

    private let bot: String
    private let stateDirectory: String
    private var restarts: [Reason: Int] = [:]
    private var reason: Reason?
    private var isUp = false
    /// As a shell has it: 128 and the signal's number for one that was killed.
    private var lastExitCode: Int32?
    private var delay = Duration.zero
    private var pollFailures = 0

    /// - Parameters:
    ///   - bot: the path of its program.
    ///   - stateDirectory: tells two bots of one program apart.
    init(bot: String, stateDirectory: String) {
        self.bot = bot.split(separator: "/").last.map(String.init) ?? bot
        self.stateDirectory = stateDirectory
    }

    /// What happened to the bot that runs; the first reason is the one that counts.
    mutating func note(_ event: SupervisorState.Event) {
        switch event {
        case .unhealthy where isUp && reason == nil: reason = .unhealthy
        case .watchdogMissed where isUp && reason == nil: reason = .watchdog
        case .notReady where isUp && reason == nil: reason = .startFailed
        case .reloadSignal where isUp && reason == nil: reason = .reload
        case .exited(let status, _, _, _, _):
            if reason == nil { reason = status == .exited(71) || status == .exited(75) ? .asked : .crash }
            isUp = false
            lastExitCode = status.exitCode
        case .startFailed:
            reason = .startFailed
            isUp = false
        default: break
        }
    }

    /// How often the bot was started again, for whatever reason.
    var allRestarts: Int { restarts.values.reduce(0, &+) }

    mutating func noteWait(_ delay: Duration) { self.delay = delay }

    mutating func notePollFailure() { pollFailures &+= 1 }

    /// The bot was started; the first time is no restart.
    mutating func noteStart() {
        if let reason { restarts[reason, default: 0] &+= 1 }
        (reason, isUp, delay) = (nil, true, .zero)
    }

    /// The text, of format 0.0.4: node_exporter's collector of text files reads no other.
    ///
    /// - Parameter time: when it is written.
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
        return text.finish()
    }
}
