import KeepAliveKit

/// Tells an outage of a service from one of our own network, by a look at something that is always there.
actor ConnectivityGuard {
    nonisolated let address: String
    private let look: @Sendable () async -> Bool
    private var last: (at: MonotonicTime, isConnected: Bool)?
    private var running: Task<Bool, Never>?

    /// Many checks fail at once when the network goes: they share one look for so long.
    private static let freshness = Duration.seconds(5)

    init(address: String, look: @escaping @Sendable () async -> Bool) {
        self.address = address
        self.look = look
    }

    func isConnected() async -> Bool {
        if let last, MonotonicTime.now().since(last.at) < Self.freshness { return last.isConnected }
        if let running { return await running.value }
        let look = look
        let task = Task { await look() }
        running = task
        let isConnected = await task.value
        running = nil
        last = (.now(), isConnected)
        return isConnected
    }
}
