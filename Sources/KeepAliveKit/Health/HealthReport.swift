package import KeepAlivePlatform

/// The overall answer to "is the bot well?".
public enum HealthStatus: String, Sendable {
    /// Everything works.
    case healthy
    /// It works, and something that is not critical does not.
    case degraded
    /// It does not do its work.
    case unhealthy
}

/// What is known of the bot at one moment, and what follows from it.
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
    /// How often the bot's body was started again.
    public package(set) var restarts: UInt64
    /// How long updates took; nil when no duration was recorded.
    public package(set) var responseTimes: ResponseTimes?
    /// The latest result of each registered check, in the order of registration.
    public package(set) var checks: [CheckResult]
    /// What keeps the process itself from its work, ordered by key.
    package var troubles: [Trouble] = []
    /// What the bot's body is doing.
    package var body: BodyState

    /// The bot's connection; nil when it tells nothing of one.
    public package(set) var gateway: GatewaySnapshot?
    /// The bot's named connections, such as shards, in the order of registration.
    public package(set) var gateways: [NamedGateway] = []
    /// Swift's cooperative pool.
    package var executor = ExecutorState.responsive
    /// The process's memory; nil where the system does not tell, or nobody has looked.
    package var memory: ProcessMemory?

    /// The verdict.
    public package(set) var status: HealthStatus
    /// Time since the verdict changed; since the start when it never did.
    public package(set) var statusAge = Duration.zero
    /// When that was, by the wall clock; nil in a report that no monitor made.
    package var statusSince: WallTime?
    /// Why it is not healthy, in sentences; empty when it is.
    public package(set) var reasons: [String]

    /// Errors divided by updates; 0 when there were no updates.
    public var errorRate: Double {
        totalUpdates == 0 ? 0 : Double(totalErrors) / Double(totalUpdates)
    }

    /// Whether the bot can be given work: running, not unhealthy, and its connection, or one of its named ones, ready.
    public var isReady: Bool {
        let isConnected = gateways.isEmpty || gateways.contains { $0.snapshot.isReady }
        return body == .running && status != .unhealthy && (gateway?.isReady ?? true) && isConnected
    }
}

/// Something that keeps the process itself from its work, such as a file that cannot be written.
package struct Trouble: Equatable, Sendable {
    /// What is wrong, as a sentence.
    package var sentence: String
    /// Whether it makes the process unhealthy, else degraded.
    package var isCritical: Bool
}

/// The latest result of one registered check.
public struct CheckResult: Equatable, Sendable {
    /// What a check says.
    public enum Status: String, Sendable {
        /// The last run succeeded.
        case healthy
        /// The last run failed, timed out, is hanging, or is long overdue.
        case unhealthy
        /// The check has not finished a run yet.
        case unknown
    }

    /// The name it was registered by.
    public package(set) var name: String
    /// Whether its failure makes the bot unhealthy (else degraded).
    public package(set) var isCritical: Bool
    /// What it says.
    public package(set) var status: Status
    /// Time since the last finished run; nil before the first.
    public package(set) var age: Duration?
    /// Why it failed; nil when it did not.
    public package(set) var error: String?
}

/// What the bot's body, the closure that does the bot's work, is doing.
package enum BodyState: Equatable, Sendable {
    /// Not started yet.
    case starting
    /// Running.
    case running
    /// Ended, and waiting before it is started again.
    case backingOff(reason: String)
    /// Being cancelled in order to be started again, as somebody asked.
    case restarting
    /// Asked to stop, and still ending.
    case stopping
    /// Ended for good, as asked.
    case stopped
    /// Ended for good because it failed.
    case failed(reason: String)

    /// Why the bot does no work now, as a sentence; nil while it runs.
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
