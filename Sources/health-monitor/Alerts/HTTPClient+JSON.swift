import KeepAliveCurl

extension HTTPClient {
    /// Posts a JSON text; the answer is kept small, since only a few words of it are ever shown.
    func post(
        _ json: JSONValue, to url: String, headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(
            url: url, method: "POST", headers: [("Content-Type", "application/json")] + headers,
            body: Array(json.json.utf8), maximumResponseBytes: 1 << 16)
        // A peer that has answered 2xx has taken it, whatever follows: what counts as failed is sent again.
        request.truncatesBody = true
        request.headSuffices = true
        return try await send(request)
    }
}

extension HTTPClientResponse {
    /// The body as JSON; nil when it is none.
    var json: JSONValue? { try? JSONValue(parsing: body) }
}
