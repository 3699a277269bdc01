import KeepAliveCurl

/// The kind of `HTTPClientError` that sending the request throws, or nil when there is a response.
func failure(
    _ client: HTTPClient, _ request: HTTPClientRequest
) async throws -> HTTPClientError.Kind? {
    do {
        _ = try await client.send(request)
        return nil
    } catch let error as HTTPClientError {
        return error.kind
    }
}
