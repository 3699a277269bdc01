import Foundation
import KeepAliveKit
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Update: Decodable { let update_id: Int, text: String }
struct Answer: Decodable { let result: [Update] }

/// One of the bot's connections, with a heartbeat of its own.
final class Shard: Sendable {
    private let number: Int
    private let session = Mutex(URLSession(configuration: .ephemeral))
    init(_ number: Int) { self.number = number }

    func run(_ health: HealthMonitor) async throws {
        // When this shard stalls, it alone connects again; the others go on.
        let gateway = health.gateway("shard \(number)") { _ in
            self.session.withLock { session in
                session.invalidateAndCancel()
                session = URLSession(configuration: .ephemeral)
            }
        }
        var offset = 0
        while true {
            do {
                let updates = try await poll(from: offset)
                gateway.noteReady()
                gateway.touch()  // this connection has answered, perhaps with nothing
                for update in updates {
                    offset = update.update_id + 1
                    try await health.attempt { print("shard \(number):", update.text) }
                }
            } catch {
                gateway.noteDisconnected()
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func poll(from offset: Int) async throws -> [Update] {
        let api = ProcessInfo.processInfo.environment["API_URL"] ?? "http://127.0.0.1:8080"
        guard let url = URL(string: "\(api)/getUpdates?offset=\(offset)&shard=\(number)") else {
            throw URLError(.badURL)
        }
        let session = session.withLock { $0 }
        let (data, _) = try await session.data(for: URLRequest(url: url, timeoutInterval: 600))
        return try JSONDecoder().decode(Answer.self, from: data).result
    }
}

await KeepAlive.main {
    try await KeepAlive(name: "Sharded Bot", version: "1.0", configuration: .fromEnvironment()).run { health in
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<3 { group.addTask { try await Shard(number).run(health) } }
        }
    }
}
