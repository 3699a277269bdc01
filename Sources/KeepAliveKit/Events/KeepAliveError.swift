import KeepAlivePlatform

/// Why a bot cannot run, or no longer runs. Its description names the thing and the remedy; it holds no secret.
///
/// A value; safe to use from any thread.
public struct KeepAliveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure. Later versions add more kinds: expect unknown ones.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's name, such as `noFreePort`.
        public let rawValue: String

        /// The kind with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Variables, flags or files are wrong. Exit code 78.
        public static let configuration = Kind(rawValue: "configuration")
        /// No port of the range is free. Exit code 78.
        public static let noFreePort = Kind(rawValue: "noFreePort")
        /// The server cannot listen on the address, and another port would not help. Exit code 78.
        public static let cannotListen = Kind(rawValue: "cannotListen")
        /// The body failed as often in a row as the limit allows. Exit code 70.
        public static let gaveUp = Kind(rawValue: "gaveUp")
        /// The watchdog has given the bot up. Exit code 75: restart me.
        public static let condemned = Kind(rawValue: "condemned")
        /// A restart would not help. Exit code 78.
        public static let critical = Kind(rawValue: "critical")
        /// The operating system refused something the kit needs, such as a thread. Exit code 71: a shortage is
        /// temporary, and a restart may succeed.
        public static let system = Kind(rawValue: "system")
        /// The body did not end in time after its cancellation, and the kit did not own the process. Exit code 75 after
        /// a requested restart, otherwise 0.
        public static let stopTimedOut = Kind(rawValue: "stopTimedOut")
    }

    /// The kind of failure.
    public let kind: Kind
    /// The process's exit code (sysexits.h): 70 gave up, 71 the system failed, 75 given up by the watchdog, 78 a
    /// restart will not help.
    public let exitCode: Int32
    /// What happened and what to do, for a person.
    public let description: String
    /// Every finding of a wrong configuration, a sentence each.
    public private(set) var findings: [String] = []
    /// The ports or the address that cannot be listened on, and why.
    package private(set) var listener = ""

    private init(_ kind: Kind, exitCode: Int32 = 78, _ description: String) {
        self.kind = kind
        self.exitCode = exitCode
        self.description = description
    }

    /// Variables, flags or files are wrong: every finding at once.
    public static func configuration(_ findings: [String]) -> Self {
        let list =
            findings.count == 1
            ? "configuration: \(findings.joined())"
            : "configuration, \(findings.count) findings:" + findings.map { "\n  - \($0)" }.joined()
        var error = Self(.configuration, list)
        error.findings = findings
        return error
    }

    /// A restart would not help.
    public static func critical(reason: String) -> Self {
        Self(.critical, reason.after("cannot run, and a restart will not help: "))
    }

    /// The operating system refused something that may be available after a restart.
    public static func system(_ reason: String) -> Self {
        Self(.system, exitCode: 71, reason.after("the operating system refused: "))
    }

    /// - Parameter tried: every port that was tried, and why it failed.
    package static func noFreePort(tried: [(port: Int, reason: String)]) -> Self {
        let ports = tried.map { "\($0.port) (\($0.reason))" }.joined(separator: ", ")
        var error = Self(
            .noFreePort,
            "no free port for the health server: \(ports). Stop the program that uses it, or set PORT to a free one "
                + "(PORT=0 lets the system choose).")
        error.listener = ports
        return error
    }

    package static func cannotListen(host: String, port: Int, reason: String) -> Self {
        let place = "\(host) port \(port): \(reason)"
        var error = Self(.cannotListen, "cannot listen on \(place). Check HOST and PORT.")
        error.listener = place
        return error
    }

    package static func stopTimedOut(timeout: Duration, exitCode code: Int32) -> Self {
        Self(
            .stopTimedOut, exitCode: code,
            "the bot body did not end within \(timeout.inWords) of being cancelled (SHUTDOWN_TIMEOUT_SEC), and still runs; "
                + "end the process once its other services have ended")
    }

    package static func gaveUp(failures: Int, reason: String) -> Self {
        let times = failures == 1 ? "1 failure" : "\(failures) failures in a row"
        return Self(.gaveUp, exitCode: 70, "gave up after \(times) (MAX_RESTARTS); the last one: \(reason)")
    }

    package static func condemned(_ condemnation: WatchdogCondemnation) -> Self {
        Self(.condemned, exitCode: 75, "the watchdog gave up the bot: \(condemnation)")
    }

    /// This error without the given secrets, which may be the value of the wrong variable.
    package func hiding(_ secrets: [String]) -> KeepAliveError {
        kind == .configuration ? .configuration(findings.map(Log.none.hiding(secrets).redact)) : self
    }
}

extension String {
    /// The text after an introduction. A body that throws an error of the kit's has introduced it already.
    fileprivate func after(_ introduction: String) -> String { hasPrefix(introduction) ? self : introduction + self }
}

extension KeepAliveError: ClassifiedError {
    /// The class for the exit code: 78 is critical, 71 a system shortage, and any other a failure.
    public var errorClass: ErrorClass {
        switch exitCode {
        case 78: .critical
        case 71: .system
        default: .failure
        }
    }
}
