import KeepAliveTestSupport

/// Calls methods of a `FakeTelegram` over one persistent connection.
struct BotClient: Sendable {
    let telegram: FakeTelegram
    let raw: RawClient

    init(_ telegram: FakeTelegram) throws {
        self.telegram = telegram
        raw = try RawClient(port: telegram.port)
    }

    func send(_ method: String, _ parameters: JSON = [:]) throws {
        try raw.request(
            "POST", telegram.path(method), headers: ["Content-Type": "application/json"], body: parameters.encoded)
    }

    func receive() async throws -> RawClient.Response {
        let raw = raw
        return try await BlockingWork.run { try raw.readResponse() }
    }

    func call(_ method: String, _ parameters: JSON = [:]) async throws -> RawClient.Response {
        try send(method, parameters)
        return try await receive()
    }

    func result(_ method: String, _ parameters: JSON = [:]) async throws -> JSON? {
        try await call(method, parameters).json()["result"]
    }

    func updateIDs(_ parameters: JSON = [:]) async throws -> [Int64] {
        try await result("getUpdates", parameters)?.array?.compactMap { $0["update_id"]?.integer } ?? []
    }
}
