import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How the descriptors that this process may open are shared out, so that some are always free for the API, the alerts and
/// the history. Pure.
struct DescriptorBudget: Sendable, Equatable {
    /// Probes under way at a time.
    let probes: Int
    /// Connections that are kept though nothing uses them.
    let idleConnections: Int

    /// Free for everything that is no probe.
    static let reserve = 16
    /// Server, history, client and log, once they are open.
    private static let own = 24
    /// A name is looked up through a pair of sockets and one to the resolver, beside the connection itself.
    private static let perProbe = 3

    /// - Parameter limit: on open descriptors.
    init(limit: Int) {
        idleConnections = max(1, limit / 16)
        probes = max(1, (limit - Self.own - Self.reserve - idleConnections) / Self.perProbe)
    }

    /// By the limit of this process.
    static func now() -> DescriptorBudget {
        var found = rlimit()
        #if os(Linux) && canImport(Glibc)
            let code = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &found)
        #else
            let code = getrlimit(RLIMIT_NOFILE, &found)
        #endif
        // RLIM_INFINITY is beyond what any fleet needs.
        return DescriptorBudget(limit: code == 0 ? Int(clamping: min(found.rlim_cur, 1 << 20)) : 256)
    }
}
