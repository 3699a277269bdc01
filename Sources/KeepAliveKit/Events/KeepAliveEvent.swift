import KeepAlivePlatform

/// What happened. Its message is the log line; its level is the line's level.
///
/// A value that the kit makes; reading it is safe from any thread.
public struct KeepAliveEvent: Equatable, Sendable, CustomStringConvertible {
    /// The kind of event. Later versions add more kinds: expect unknown ones.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's name, such as `restartScheduled`.
        public let rawValue: String

        /// The kind with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bot is about to run. Metadata: `name`, `version`, `environment`.
        public static let starting = Kind(rawValue: "starting")
        /// A port was taken; the next port is tried. Metadata: `port`.
        public static let portTaken = Kind(rawValue: "portTaken")
        /// The health server answers. Metadata: `port`.
        public static let listening = Kind(rawValue: "listening")
        /// The body was started. Metadata: `attempt`, 1 for the first time in this process.
        public static let bodyStarted = Kind(rawValue: "bodyStarted")
        /// The body has ended.
        public static let bodyEnded = Kind(rawValue: "bodyEnded")
        /// The body ended unasked and restarts. Metadata: `delay` in seconds, `failures`, `limit`, `reason`.
        public static let restartScheduled = Kind(rawValue: "restartScheduled")
        /// A restart of the body was requested.
        public static let restartRequested = Kind(rawValue: "restartRequested")
        /// The body was healthy long enough that earlier failures no longer count. Metadata: `healthy_for` in seconds.
        public static let failuresForgotten = Kind(rawValue: "failuresForgotten")
        /// An earlier process left failures behind. Metadata: `failures`, `remaining` of the delay in seconds.
        public static let ledgerResumed = Kind(rawValue: "ledgerResumed")
        /// The ledger of restarts could not be read. Metadata: `path`, `moved_to`.
        public static let ledgerDamaged = Kind(rawValue: "ledgerDamaged")
        /// The ledger of restarts cannot be used; delays are kept in memory. Metadata: `path`, `reason`.
        public static let ledgerUnwritable = Kind(rawValue: "ledgerUnwritable")
        /// A signal, or the embedder, asked the bot to stop. Metadata: `reason`, `timeout` in seconds.
        public static let stopRequested = Kind(rawValue: "stopRequested")
        /// The body did not end in time; the process ends without it, or `run` throws. Metadata: `timeout` (seconds),
        /// `exit_code`.
        public static let stopTimedOut = Kind(rawValue: "stopTimedOut")
        /// The watchdog checks from now on.
        public static let watchdogStarted = Kind(rawValue: "watchdogStarted")
        /// The connection is silent, but the other side answers: no action.
        public static let gatewayQuiet = Kind(rawValue: "gatewayQuiet")
        /// An update could not be handled; the bot continues. At most ten a minute. Metadata: `reason`, and `omitted`:
        /// how many were dropped before it.
        public static let updateFailed = Kind(rawValue: "updateFailed")
        /// A named gateway is stalled; its callback restarts it alone. Metadata: `gateway`, `reason`.
        public static let gatewayStalled = Kind(rawValue: "gatewayStalled")
        /// The watchdog has given the bot up. Metadata: `reason`.
        public static let condemned = Kind(rawValue: "condemned")
        /// Everything has ended as asked.
        public static let stopped = Kind(rawValue: "stopped")
        /// A part of the kit could not do its work, such as the log file; the bot continues.
        public static let trouble = Kind(rawValue: "trouble")
    }

    /// The kind of event.
    public let kind: Kind
    /// How serious it is.
    public let level: Log.Level
    /// The log line.
    public let message: String
    /// The figures and texts of the message by name, for structured logs (swift-log's metadata).
    public let metadata: [String: String]

    /// The log line.
    public var description: String { message }

    private init(_ kind: Kind, _ level: Log.Level, _ message: String, _ metadata: [String: String] = [:]) {
        self.kind = kind
        self.level = level
        self.message = message
        self.metadata = metadata
    }

    private static func seconds(_ duration: Duration) -> String { "\(duration / .seconds(1))" }

    // MARK: The kit's events

    package static func starting(name: String, version: String, environment: String) -> Self {
        Self(
            .starting, .info, "\(name) \(version) starts (environment \(environment))",
            ["name": name, "version": version, "environment": environment])
    }

    package static func portTaken(port: Int) -> Self {
        Self(
            .portTaken, .warning, "port \(port) is taken by another program; trying the next one", ["port": "\(port)"])
    }

    package static func listening(port: Int) -> Self {
        Self(.listening, .info, "health server listens on port \(port)", ["port": "\(port)"])
    }

    package static func bodyStarted(attempt: Int) -> Self {
        Self(
            .bodyStarted, .info,
            attempt == 1 ? "bot body started" : "bot body restarted (start \(attempt))",
            ["attempt": "\(attempt)"])
    }

    package static let bodyEnded = Self(.bodyEnded, .debug, "bot body ended")

    package static func restartScheduled(
        after delay: Duration, outcome: RestartPolicy.Outcome, failures: Int, limit: Int, reason: String
    ) -> Self {
        var message = "bot body failed (\(failures) of \(limit) in a row), restart in \(delay.inWords): \(reason)"
        if case .threw(.network) = outcome {
            message = "network error, restart in \(delay.inWords) (does not count toward MAX_RESTARTS): \(reason)"
        }
        return Self(
            .restartScheduled, .warning, message,
            ["delay": seconds(delay), "failures": "\(failures)", "limit": "\(limit)", "reason": reason])
    }

    package static let restartRequested = Self(
        .restartRequested, .info, "restart requested: restarting the bot body")

    package static func failuresForgotten(healthyFor duration: Duration) -> Self {
        Self(
            .failuresForgotten, .info,
            "healthy for \(duration.components.seconds) s: earlier failures no longer count",
            ["healthy_for": seconds(duration)])
    }

    package static func ledgerResumed(failures: Int, remaining: Duration) -> Self {
        let earlier =
            switch failures {
            case 0: "a restart that does not count toward MAX_RESTARTS"
            case 1: "1 earlier failure"
            default: "\(failures) earlier failures"
            }
        return Self(
            .ledgerResumed, .warning,
            "continuing after \(earlier)"
                + (remaining > .zero ? ", \(remaining.inWords) of the restart delay are left" : ""),
            ["failures": "\(failures)", "remaining": seconds(remaining)])
    }

    package static func ledgerDamaged(path: String, movedTo aside: String?) -> Self {
        Self(
            .ledgerDamaged, .warning,
            "the restart ledger \(path) is damaged"
                + (aside.map { "; moved to \($0); the backoff delay returns to the first one" }
                    ?? " and cannot be moved away"),
            ["path": path, "moved_to": aside ?? ""])
    }

    package static func ledgerUnwritable(path: String, reason: String) -> Self {
        Self(
            .ledgerUnwritable, .warning,
            "the restart ledger \(path) cannot be used (\(reason)); delays are kept in memory only",
            ["path": path, "reason": reason])
    }

    package static func stopRequested(by reason: String, timeout: Duration) -> Self {
        Self(
            .stopRequested, .info, "\(reason): stopping, the bot body has \(timeout.inWords) to end",
            ["reason": reason, "timeout": seconds(timeout)])
    }

    /// - Parameter exits: whether the kit ends the process; otherwise the program ends it.
    package static func stopTimedOut(timeout: Duration, exitCode code: Int32, exits: Bool = true) -> Self {
        Self(
            .stopTimedOut, .error,
            "the bot body did not end within \(timeout.inWords) of being cancelled; "
                + (exits ? "exiting with \(code) without it" : "run throws, and the program decides what follows"),
            ["timeout": seconds(timeout), "exit_code": "\(code)"])
    }

    package static func watchdogStarted(_ thresholds: WatchdogThresholds) -> Self {
        Self(.watchdogStarted, .info, "watchdog \(thresholds)")
    }

    package static func gatewayQuiet(_ snapshot: GatewaySnapshot) -> Self {
        Self(
            .gatewayQuiet, .info, "connected and silent, but the server answers: no action; \(snapshot)")
    }

    package static func updateFailed(reason: String, omitted: Int) -> Self {
        let rest = omitted > 0 ? " (\(omitted) more since the last line)" : ""
        return Self(
            .updateFailed, .warning, "update failed: \(reason)\(rest); going on with the next",
            ["reason": reason, "omitted": "\(omitted)"])
    }

    package static func gatewayStalled(_ name: String, reason: String) -> Self {
        Self(
            .gatewayStalled, .warning, "gateway \"\(name)\" is stalled: \(reason); restarting it alone",
            ["gateway": name, "reason": reason])
    }

    /// - Parameter consequence: what follows; the end of the line.
    package static func condemned(_ condemnation: WatchdogCondemnation, then consequence: String) -> Self {
        Self(
            .condemned, .error, "watchdog: \(condemnation); \(consequence)",
            ["reason": condemnation.description])
    }

    package static let stopped = Self(.stopped, .info, "stopped")

    package static func trouble(_ message: String) -> Self { Self(.trouble, .warning, message) }
}
