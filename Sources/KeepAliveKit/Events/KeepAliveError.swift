/// Why a bot cannot run, or runs no more. Its description names the thing and the remedy; it holds no secret.
public enum KeepAliveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Variables, flags or files are wrong: every finding at once.
    case configuration([String])
    /// No port of the range is free: every port that was tried, with the reason.
    case noFreePort(tried: [PortAttempt])
    /// The address cannot be listened on, for a reason that another port would not cure.
    case cannotListen(host: String, port: Int, reason: String)
    /// The body failed as often in a row as the limit allows.
    case gaveUp(failures: Int, reason: String)
    /// Starting again would not help.
    case critical(reason: String)
    /// The operating system refused something the kit cannot do without, such as a thread. Exit code 71: a shortage
    /// passes, and the next start may succeed (`Errno.isPassingShortage`).
    case system(String)

    /// One port that was tried.
    public struct PortAttempt: Equatable, Sendable {
        /// The port.
        public let port: Int
        /// Why it could not be had.
        public let reason: String

        /// One port that was tried.
        package init(port: Int, reason: String) {
            self.port = port
            self.reason = reason
        }
    }

    /// The process's exit code, after sysexits.h: 70 gave up, 71 the system failed, 78 starting again will not help.
    public var exitCode: Int32 {
        switch self {
        case .configuration, .noFreePort, .cannotListen, .critical: 78
        case .gaveUp: 70
        case .system: 71
        }
    }

    /// The same error without the given secrets, which may stand in another variable's place.
    package func hiding(_ secrets: [String]) -> KeepAliveError {
        guard case .configuration(let findings) = self else { return self }
        return .configuration(findings.map(Log.none.hiding(secrets).redact))
    }

    /// What happened and what to do, for a person.
    public var description: String {
        switch self {
        case .configuration(let findings):
            findings.count == 1
                ? "configuration: \(findings[0])"
                : "configuration, \(findings.count) findings:" + findings.map { "\n  - \($0)" }.joined()
        case .noFreePort(let tried):
            "no free port for the health server: "
                + tried.map { "\($0.port) (\($0.reason))" }.joined(separator: ", ")
                + ". Stop the program that uses it, or set PORT to a free one (PORT=0 lets the system choose)."
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host) port \(port): \(reason). Check HOST and PORT."
        case .gaveUp(let failures, let reason):
            "gave up after \(failures == 1 ? "1 failure" : "\(failures) failures in a row") (MAX_RESTARTS); the last one: \(reason)"
        case .critical(let reason):
            "cannot run, and starting again will not help: \(reason)"
        case .system(let reason):
            "the operating system refused: \(reason)"
        }
    }
}
