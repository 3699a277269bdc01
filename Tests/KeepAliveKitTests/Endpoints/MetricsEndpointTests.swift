import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct MetricsEndpointTests {
    private let health = HealthMonitor()

    private func ask(accept: String? = nil) async throws -> (head: String, body: String) {
        health.recordUpdate(took: .milliseconds(3))
        health.recordUpdate(took: .seconds(3))
        health.recordError()
        var configuration = Configuration()
        configuration.port = 0
        configuration.host = "127.0.0.1"
        let server = HealthServer(name: "a \"bot\"", version: "1.0", health: health, configuration: configuration)
        let port = try server.start()
        let field = accept.map { "Accept: \($0)\r\n" } ?? ""
        let client = try RawClient(port: UInt16(port))
        try client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(field)\r\n")
        let answer = String(decoding: try client.readAll(), as: UTF8.self)
        await server.stop()
        // CR LF is one Character.
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        return (String(parts.first ?? ""), String(parts.last ?? ""))
    }

    @Test func textForPrometheus() async throws {
        let (head, body) = try await ask()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        let lines = body.split(separator: "\n").map(String.init)
        for line in [
            "keepalive_build_info{name=\"a \\\"bot\\\"\",version=\"1.0\"} 1", "keepalive_updates_total 2",
            "# TYPE keepalive_updates_total counter", "keepalive_errors_total 1",
            "keepalive_health_status{status=\"healthy\"} 1", "keepalive_response_time_seconds_bucket{le=\"0.0025\"} 0",
            "keepalive_response_time_seconds_bucket{le=\"0.005\"} 1",
            "keepalive_response_time_seconds_bucket{le=\"5\"} 2", "keepalive_response_time_seconds_count 2",
        ] {
            #expect(lines.contains(line), "\(line) is not in\n\(body)")
        }
        #expect(!body.contains("# EOF"))
        #if os(Linux)
            #expect(body.contains("\nkeepalive_memory_limit_bytes "))
        #endif
    }

    @Test func openMetricsWhereItIsAskedFor() async throws {
        // As Prometheus asks.
        let (head, body) = try await ask(
            accept: "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
        #expect(head.contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"))
        #expect(body.contains("# TYPE keepalive_updates counter\nkeepalive_updates_total 2\n"))
        #expect(body.hasSuffix("# EOF\n"))
    }
}
