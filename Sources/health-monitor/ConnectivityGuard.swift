import KeepAliveKit

/// Tells an outage of a service from one of our own network, by a look at something that is always there.
actor ConnectivityGuard {
    nonisolated let address: String
    private let look: @Sendable () async -> Bool
    private var last: (began: MonotonicTime, ended: MonotonicTime, isConnected: Bool)?
    private var running: Task<Bool, Never>?

    /// Many checks fail at once while the network is gone: they share what a look has found for so long.
    private static let freshness = Duration.seconds(5)

    init(address: String, look: @escaping @Sendable () async -> Bool) {
        self.address = address
        self.look = look
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
            if let running {
                _ = await running.value
                continue
            }
            let look = look
            let began = MonotonicTime.now()
            let task = Task { await look() }
            running = task
            let isConnected = await task.value
            running = nil
            last = (began, .now(), isConnected)
        }
    }
}
