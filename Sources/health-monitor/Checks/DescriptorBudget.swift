import KeepAliveKit
import KeepAlivePlatform

/// Divides this process's file descriptors, so that some are always free for the API, the alerts and the history. Pure.
struct DescriptorBudget: Sendable, Equatable {
    /// Probes that run at once.
    let probes: Int
    /// Idle connections to keep.
    let idleConnections: Int

    /// The server, history, client and log, once open.
    private static let own = 24
    /// A name lookup uses a pair of sockets and one to the resolver, beside the connection itself.
    private static let perProbe = 3

    /// - Parameters:
    ///   - limit: the limit of open descriptors.
    ///   - server: what the API's server takes.
    init(limit: Int, server: ServerCapacity = .ofMonitor) {
        idleConnections = max(1, limit / 16)
        let others = Self.own + DescriptorLimit.reserve + idleConnections + server.connections(descriptors: limit)
        probes = max(1, (limit - others) / Self.perProbe)
    }

    /// The budget for this process's limit; a container's limit may be 10^9.
    static func now() -> DescriptorBudget { DescriptorBudget(limit: min(DescriptorLimit.current, 1 << 20)) }
}
