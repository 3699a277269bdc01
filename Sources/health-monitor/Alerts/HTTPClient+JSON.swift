import HTTPClient

extension HTTPClient {
    /// Posts a JSON text; the answer is kept small, since only a few words of it are ever shown.
    func post(
        _ json: JSONValue, to url: String, headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        try await send(
            HTTPClientRequest(
                url: url, method: "POST", headers: [("Content-Type", "application/json")] + headers,
                body: Array(json.json.utf8), maximumResponseBytes: 1 << 20))
    }
}

extension HTTPClientResponse {
    /// The body as JSON; nil when it is none.
    var json: JSONValue? { try? JSONValue(parsing: body) }
}
