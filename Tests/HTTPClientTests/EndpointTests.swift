import Testing

@testable import HTTPClient

@Suite
struct EndpointTests {
    @Test(arguments: [
        ("http://Example.org", "http://Example.org:80", false),
        ("HTTPS://user:secret@example.org/path?q#f", "https://example.org:443", false),
        ("http://localhost:8080/", "http://localhost:8080", true),
        ("http://LOCALHOST/", "http://LOCALHOST:80", true),
        ("http://127.3.2.1/", "http://127.3.2.1:80", true),
        ("http://[::1]:81/x", "http://[::1]:81", true),
        ("http://127.example.org/", "http://127.example.org:80", false),
        ("http://128.0.0.1/", "http://128.0.0.1:80", false),
    ])
    func parts(url: String, description: String, isLoopback: Bool) throws {
        let endpoint = try Endpoint(url: url)
        #expect(endpoint.description == description)
        #expect(endpoint.isLoopback == isLoopback)
    }
}
