import KeepAlivePlatform

/// Why the watchdog has given a bot up.
public enum WatchdogCondemnation: Equatable, Sendable, CustomStringConvertible {
    /// Its connection is a zombie, or was lost for too long.
    case gateway(reason: String, GatewaySnapshot)
    /// Swift's cooperative pool runs nothing.
    case executor(stoppedFor: Duration, limit: Duration)

    /// The line that says why.
    public var description: String {
        switch self {
        case .gateway(let reason, let snapshot): "\(reason); \(snapshot)"
        case .executor(let age, let limit):
            "Swift's executor has run nothing for \(age.inWords) (limit \(limit.inWords)): every thread of the "
                + "cooperative pool is blocked"
        }
    }
}
