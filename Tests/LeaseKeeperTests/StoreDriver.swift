import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// Plays the loop around a store in this process, for a thread that may wait.
struct StoreDriver {
    var store: LeaseStore
    private(set) var warnings: [String] = []
    private var last: UInt64 = 0

    init(
        _ url: String, name: String = "bot", resource: String = "telegram:1", limit: Duration = .seconds(60)
    ) throws {
        let statements = LeaseStatements(
            name: name, resource: resource, label: "a", host: "machine-a", timeToLive: 30_000)
        store = LeaseStore(try PostgreSQLAddress(url), statements, limit: limit)
    }

    /// Asks one thing, and waits for its answer or a refusal.
    mutating func ask(_ request: KeeperRequest) throws -> KeeperAnswer {
        last += 1
        store.take(last, request)
        while true {
            var found: KeeperAnswer?
            for event in store.advance() {
                switch event {
                case .warning(let words): warnings.append(words)
                case .answer(_, _, let answer): found = answer
                }
            }
            if let found { return found }
            var poller = Poller()
            if let descriptor = store.descriptor {
                let wanted = store.wanted
                poller.add(descriptor, read: wanted.contains(.read), write: wanted.contains(.write))
            }
            try poller.wait(until: store.deadline)
        }
    }
}
