import Foundation
import KeepAliveKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The service's API; API_URL names its address.
struct API {
    struct Update: Decodable { let update_id: Int, text: String }
    private struct Answer: Decodable { let result: [Update] }
    struct Refused: Error { let status: Int }

    let address = ProcessInfo.processInfo.environment["API_URL"] ?? "http://127.0.0.1:8080"

    /// One long poll: waits for updates, and may return none.
    func updates(from offset: Int) async throws -> [Update] {
        try JSONDecoder().decode(Answer.self, from: await ask("/getUpdates?offset=\(offset)")).result
    }

    func send(_ text: String) async throws {
        _ = try await ask("/sendMessage", try JSONEncoder().encode(["text": text]))
    }

    private func ask(_ path: String, _ body: Data? = nil) async throws -> Data {
        guard let url = URL(string: address + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: 40)
        request.httpMethod = body == nil ? "GET" : "POST"
        request.httpBody = body
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard status == 200 else { throw Refused(status: status) }
        return data
    }
}

struct Unanswerable: Error {}

await KeepAlive.main {
    // An outage counts toward no limit: the bot can do nothing about it.
    let keepAlive = try KeepAlive(
        name: "Poll Bot", version: "1.0", configuration: .fromEnvironment(),
        classify: { $0 is URLError ? .network() : nil })
    try await keepAlive.run { health in
        let api = API()
        var offset = 0
        while !Task.isCancelled {
            let updates = try await api.updates(from: offset)
            health.heartbeat()  // the service answered, perhaps with nothing
            for update in updates {
                offset = update.update_id + 1
                try await health.attempt {
                    if update.text == "bad" { throw Unanswerable() }  // counted, and the bot goes on
                    try await api.send("you said \(update.text)")
                }
            }
        }
    }
}
