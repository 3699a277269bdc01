import KeepAlivePlatform

/// Tells an outage of a service from one of our own network, by a look at something that is always there. Many checks fail
/// at once while the network is gone: they share what a look has found.
struct ConnectivityGuard: Sendable {
    private struct Found {
        let isConnected: Bool
        let began: MonotonicTime
        let ended: MonotonicTime
    }

    let address: String
    /// How long an answer takes at most.
    let limit: Duration
    private let look: @Sendable () async -> Bool
    private let shared = SharedLook<Found>()

    /// For how long nobody looks again who heard that there is no network.
    private static let freshness = Duration.seconds(5)

    /// - Parameter lookLimit: how long one look takes at most; who asks may have to wait for two.
    init(address: String, lookLimit: Duration = .seconds(60), look: @escaping @Sendable () async -> Bool) {
        self.address = address
        limit = lookLimit * 2 + .seconds(1)
        self.look = look
    }

    /// A guard that looks with a probe.
    init(_ probe: any Probe, timeout: Duration, tools: ProbeTools) {
        let limit = timeout + .seconds(1)
        self.init(address: probe.address, lookLimit: limit) {
            await withDeadline(limit) { await probe.run(with: tools, timeout: timeout) }?.status == .healthy
        }
    }

    /// Whether the network works, as somebody has to know whose look at a service failed at `failure`: that it worked
    /// before then says nothing.
    func isConnected(after failure: MonotonicTime = .now()) async -> Bool {
        await shared.value {
            $0.isConnected ? $0.began >= failure : MonotonicTime.now().since($0.ended) < Self.freshness
        } _: { [look] in
            let began = MonotonicTime.now()
            return Found(isConnected: await look(), began: began, ended: .now())
        }.isConnected
    }
}
