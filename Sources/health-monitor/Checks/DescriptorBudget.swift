import KeepAliveKit
import KeepAlivePlatform

/// How the descriptors that this process may open are shared out, so that some are always free for the API, the alerts and
/// the history. Pure.
struct DescriptorBudget: Sendable, Equatable {
    /// Probes under way at a time.
    let probes: Int
    /// Connections that are kept though nothing uses them.
    let idleConnections: Int

    /// Server, history, client and log, once they are open.
    private static let own = 24
    /// A name is looked up through a pair of sockets and one to the resolver, beside the connection itself.
    private static let perProbe = 3

    /// - Parameter limit: on open descriptors.
    init(limit: Int) {
        idleConnections = max(1, limit / 16)
        probes = max(1, (limit - Self.own - DescriptorLimit.reserve - idleConnections) / Self.perProbe)
    }

    /// By the limit of this process; a container's may be a thousand million.
    static func now() -> DescriptorBudget { DescriptorBudget(limit: min(DescriptorLimit.current, 1 << 20)) }
}
