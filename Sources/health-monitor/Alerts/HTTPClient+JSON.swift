import KeepAliveCurl

extension HTTPClient {
    /// Posts a JSON text; keeps only the beginning of the answer, because only a few words of it are ever shown.
    func post(
        _ json: JSONValue, to url: String, headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(
            url: url, method: "POST", headers: [("Content-Type", "application/json")] + headers,
            body: Array(json.json.utf8), maximumResponseBytes: 1 << 16)
        // A 2xx answer means that the peer accepted the event, whatever follows; counting it as failed would resend it.
        request.truncatesBody = true
        request.headSuffices = true
        return try await send(request)
    }
}

extension HTTPClientResponse {
    /// The body as JSON; nil if it is not JSON.
    var json: JSONValue? { try? JSONValue(parsing: body) }
}
