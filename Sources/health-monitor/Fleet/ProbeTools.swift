import KeepAliveCurl
import KeepAliveKit

/// The tools that probes share: one client for all outbound traffic, and the calls received from services.
struct ProbeTools: Sendable {
    let client: HTTPClient
    let pushes: PushBoard
    /// Whether a connectivity target exists, which distinguishes our own network's outage from a service's.
    var hasConnectivity = false
    /// The environment of programs that a probe starts.
    var environment = CommandEnvironment()
    /// The updates that wait for each bot, over several checks.
    var backlogs = BacklogBoard()
    /// The target's interval, which tells another try of a check from the next check.
    var interval = Duration.zero
}
