import KeepAlivePlatform

/// Distinguishes an outage of a service from one of our own network by probing an address that always answers. Many
/// checks fail at once without a network; they share one result.
struct ConnectivityGuard: Sendable {
    private struct Found {
        let isConnected: Bool
        let began: MonotonicTime
        let ended: MonotonicTime
    }

    let address: String
    /// The time limit of an answer.
    let limit: Duration
    private let look: @Sendable () async -> Bool
    private let shared = SharedLook<Found>()

    /// How long a "no network" result stays valid for other callers.
    private static let freshness = Duration.seconds(5)

    /// - Parameter lookLimit: the time limit of one look; a caller may have to wait for two.
    init(address: String, lookLimit: Duration = .seconds(60), look: @escaping @Sendable () async -> Bool) {
        self.address = address
        limit = lookLimit * 2 + .seconds(1)
        self.look = look
    }

    /// A guard that uses a probe.
    init(_ probe: any Probe, timeout: Duration, tools: ProbeTools) {
        let limit = timeout + .seconds(1)
        self.init(address: probe.address, lookLimit: limit) {
            await withDeadline(limit) { await probe.run(with: tools, timeout: timeout) }?.status == .healthy
        }
    }

    /// Whether the network works, for a check that failed at `failure`. A result from before then proves nothing.
    func isConnected(after failure: MonotonicTime = .now()) async -> Bool {
        await shared.value {
            $0.isConnected ? $0.began >= failure : MonotonicTime.now().since($0.ended) < Self.freshness
        } _: { [look] in
            let began = MonotonicTime.now()
            return Found(isConnected: await look(), began: began, ended: .now())
        }.isConnected
    }
}
