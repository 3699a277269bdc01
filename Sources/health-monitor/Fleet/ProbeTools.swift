import KeepAliveCurl
import KeepAliveKit

/// What probes share: one client for all outbound traffic, and the calls that services made to us.
struct ProbeTools: Sendable {
    let client: HTTPClient
    let pushes: PushBoard
    /// Whether a connectivity target tells an outage of our own network from one of a service.
    var hasConnectivity = false
    /// For programs that a probe starts.
    var environment = CommandEnvironment()
}
