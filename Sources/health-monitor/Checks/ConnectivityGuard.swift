import KeepAliveKit
import KeepAlivePlatform

/// Tells an outage of a service from one of our own network, by a look at something that is always there.
actor ConnectivityGuard {
    nonisolated let address: String
    /// How long an answer takes at most.
    nonisolated let limit: Duration
    private let look: @Sendable () async -> Bool
    private var last: (began: MonotonicTime, ended: MonotonicTime, isConnected: Bool)?
    private var running: Task<Void, Never>?

    /// Many checks fail at once while the network is gone: they share what a look has found for so long.
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
        while true {
            if let last,
                last.isConnected ? last.began >= failure : MonotonicTime.now().since(last.ended) < Self.freshness
            {
                return last.isConnected
            }
            if running == nil { running = Task { await lookOnce() } }
            await running?.value
        }
    }

    /// Leaves what it found before its task ends: whoever waits for a task that is over does not suspend, and would never
    /// let anybody else come to their turn here.
    private func lookOnce() async {
        let began = MonotonicTime.now()
        let isConnected = await look()
        last = (began, .now(), isConnected)
        running = nil
    }
}
