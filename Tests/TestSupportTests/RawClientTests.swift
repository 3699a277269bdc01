import Foundation
import Testing

@testable import KeepAliveTestSupport

@Suite(.timeLimit(.minutes(1)))
struct RawClientTests {
    /// A server that sends `text` to each client and closes after the client has ended its side.
    private func server(sending text: String) throws -> LoopbackServer {
        try LoopbackServer { connection in
            try? connection.socket.send(text.utf8)
            while let bytes = try? connection.socket.receive(), !bytes.isEmpty {}
        }
    }

    @Test func keepsWhatBelongsToTheNextResponse() throws {
        let server = try server(
            sending: "HTTP/1.1 200 OK\r\nContent-length: 2\r\nX-A: 1\r\nx-a: 2 \r\n\r\nhi"
                + "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 Fine Indeed\r\nContent-Length: 9\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\n\r\nrest")
        defer { server.shutDown() }
        let client = try RawClient(port: server.port)
        let first = try client.readResponse()
        #expect(first.text == "hi")
        #expect(first.headers["CONTENT-LENGTH"] == "2")
        #expect(first.headers.values("X-a") == ["1", "2"])
        #expect(try client.readResponse().status == 204)
        let head = try client.readResponse(head: true)
        #expect(head.reason == "Fine Indeed")
        #expect(head.body.isEmpty)
        #expect(try client.readResponse().text == "abcd")
        client.shutdownWrite()
        #expect(try client.readAll() == Array("rest".utf8))
        #expect(throws: RawClient.Failure.endOfStream) { try client.readResponse() }
    }

    @Test func givesUpAfterTheReceiveTimeout() throws {
        let server = try server(sending: "HTTP/1.1 200 OK\r\n")
        defer { server.shutDown() }
        let client = try RawClient(port: server.port, receiveTimeout: .milliseconds(20))
        #expect(throws: RawClient.Failure.timedOut) { try client.readResponse() }
        client.close()
    }

    @Test func refusesWhatIsNoResponse() throws {
        let server = try server(sending: "SMTP ready\r\n\r\n")
        defer { server.shutDown() }
        let client = try RawClient(port: server.port)
        #expect(throws: RawClient.Failure.self) { try client.readResponse() }
        client.abort()
    }

    @Test func noticesATruncatedBody() throws {
        let server = try LoopbackServer { connection in
            try? connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc".utf8)
        }
        defer { server.shutDown() }
        let client = try RawClient(port: server.port)
        #expect(throws: RawClient.Failure.endOfStream) { try client.readResponse() }
    }
}
