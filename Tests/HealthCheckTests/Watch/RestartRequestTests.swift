import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

/// What the bot gets when a person has confirmed its restart.
@Suite(.timeLimit(.minutes(1)))
struct RestartRequestTests {
    @Test(arguments: ["sesame-of-16-and-more", nil] as [String?])
    func itIsPostedWithTheToken(token: String?) async throws {
        let server = try ScriptedServer(answering: { _ in
            ScriptedServer.answer(#"{"message":"Restart signal received"}"#, status: "202 Accepted")
        })
        let url = HTTPURL(host: "127.0.0.1", port: server.port, target: "/a/health")
        let request = RestartRequest(url: url, token: token, timeout: .seconds(30))
        let outcome = try await BlockingWork.run { request.run() }
        #expect(outcome == (true, "Restart signal received"))
        let head = try await server.requests.element(at: 0)
        #expect(head.hasPrefix("POST /a/restart HTTP/1.1\r\n"))
        #expect(head.contains("\r\nAuthorization: Bearer sesame-of-16-and-more\r\n") == (token != nil))
    }
}
