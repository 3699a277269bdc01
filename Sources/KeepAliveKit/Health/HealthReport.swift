package import KeepAlivePlatform

/// The bot's overall health.
public enum HealthStatus: String, Sendable {
    /// Everything works.
    case healthy
    /// It works, but something that is not critical fails.
    case degraded
    /// It does not do its work.
    case unhealthy
}

/// The known facts of the bot at one moment, and the verdict on them.
///
/// A value: it can be kept, compared and sent between tasks.
public struct HealthReport: Equatable, Sendable {
    /// Time since the monitor was made.
    public package(set) var uptime: Duration
    /// Time since the last update; since the start when there was none yet.
    public package(set) var lastUpdateAgo: Duration
    /// Time since the last heartbeat; nil when the bot has recorded none.
    public package(set) var lastHeartbeatAgo: Duration?
    /// Updates recorded since the start.
    public package(set) var totalUpdates: UInt64
    /// Errors recorded since the start.
    public package(set) var totalErrors: UInt64
    /// How often the bot's body was restarted.
    public package(set) var restarts: UInt64
    /// How long updates took; nil when no duration was recorded.
    public package(set) var responseTimes: ResponseTimes?
    /// The latest result of each registered check, in the order of registration.
    public package(set) var checks: [CheckResult]
    /// What keeps the process itself from its work, ordered by key.
    package var troubles: [Trouble] = []
    /// What the bot's body is doing.
    package var body: BodyState

    /// The bot's connection; nil when the bot reports none.
    public package(set) var gateway: GatewaySnapshot?
    /// The bot's named connections, such as shards, in the order of registration.
    public package(set) var gateways: [NamedGateway] = []
    /// Swift's cooperative pool.
    package var executor = ExecutorState.responsive
    /// The process's memory; nil when the system does not report it, or it was not read.
    package var memory: ProcessMemory?
    /// The lease on the bot's work; nil when the launcher holds none.
    package var lease: LeaseReport?
    /// Time since the whole process was last stopped and continued; nil if it never was.
    var sinceResumed: Duration?

    /// The verdict.
    public package(set) var status: HealthStatus
    /// Time since the verdict changed; since the start when it never changed.
    public package(set) var statusAge = Duration.zero
    /// When the verdict changed, by the wall clock; nil in a report that no monitor made.
    package var statusSince: WallTime?
    /// Why the bot is not healthy, in sentences; empty when it is healthy.
    public package(set) var reasons: [String]

    /// Errors divided by updates; 0 when there were no updates.
    public var errorRate: Double {
        totalUpdates == 0 ? 0 : Double(totalErrors) / Double(totalUpdates)
    }

    /// Whether the bot can take work: running, not unhealthy, and its connection, or a named one, is ready.
    public var isReady: Bool {
        let isConnected = gateways.isEmpty || gateways.contains { $0.snapshot.isReady }
        return body == .running && status != .unhealthy && (gateway?.isReady ?? true) && isConnected
    }
}

/// Something that keeps the process from its work, such as a file that cannot be written.
package struct Trouble: Equatable, Sendable {
    /// What is wrong, as a sentence.
    package var sentence: String
    /// Whether it makes the process unhealthy; otherwise degraded.
    package var isCritical: Bool
}

/// The latest result of one registered check.
public struct CheckResult: Equatable, Sendable {
    /// The result of a check.
    public enum Status: String, Sendable {
        /// The last run succeeded.
        case healthy
        /// The last run failed, timed out, is hanging, or is long overdue.
        case unhealthy
        /// The check has not finished a run yet.
        case unknown
    }

    /// The name it was registered under.
    public package(set) var name: String
    /// Whether its failure makes the bot unhealthy; otherwise degraded.
    public package(set) var isCritical: Bool
    /// The result.
    public package(set) var status: Status
    /// Time since the last finished run; nil before the first.
    public package(set) var age: Duration?
    /// Why it failed; nil when it did not fail.
    public package(set) var error: String?
}

/// What the bot's body, the closure that does the bot's work, does now.
package enum BodyState: Equatable, Sendable {
    /// Not started yet.
    case starting
    /// Running.
    case running
    /// Ended, and waiting for its restart.
    case backingOff(reason: String)
    /// Being cancelled for a requested restart.
    case restarting
    /// Asked to stop, and still ending.
    case stopping
    /// Ended as asked; it does not restart.
    case stopped
    /// Ended because it failed; it does not restart.
    case failed(reason: String)

    /// Why the bot does no work now, as a sentence; nil while the body runs.
    var sentence: String? {
        switch self {
        case .running: nil
        case .starting: "The bot body is not running: it has not been started yet."
        case .backingOff(let reason): "The bot body is not running: \(reason)."
        case .restarting: "The bot body is not running: it is restarting as requested."
        case .stopping: nil
        case .stopped: "The bot body is not running: it was stopped."
        case .failed(let reason): "The bot body is not running: \(reason)."
        }
    }
}
