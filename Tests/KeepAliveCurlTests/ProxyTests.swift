import Foundation
import KeepAliveCurl
import Testing

@testable import KeepAliveTestSupport

/// Proxies of the environment, which belongs to a whole process: each test has one of its own.
@Suite(.timeLimit(.minutes(1)))
struct ProxyTests {
    /// No proxy reaches this machine for itself, nor does any know an exchange's protocol.
    @Test func whatIsOnThisMachineNeedsNone() async {
        await #expect(processExitsWith: .success) {
            let seen = EventLog<String>()
            let proxy = try RawServer { connection in
                while let request = connection.readRequest() {
                    seen.append(request.line)
                    connection.send("HTTP/1.1 204 No Content\r\n\r\n")
                }
            }
            unsafe setenv("http_proxy", proxy.url(), 1)
            for name in ["no_proxy", "NO_PROXY"] { unsafe unsetenv(name) }
            let client = HTTPClient()
            let server = try RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            for host in ["127.0.0.1", "localhost"] {
                let request = HTTPClientRequest(url: "http://\(host):\(server.port)/")
                #expect(try await client.send(request).status == 200)
            }
            let greeting = try RawServer { connection in
                connection.send("hello\n")
                connection.waitForHangUp()
            }
            let exchange = SocketExchange(host: "127.0.0.1", port: Int(greeting.port)) { $0.last == 0x0A }
            #expect(try await client.exchange(exchange).bytes == Array("hello\n".utf8))
            #expect(seen.elements == [])
            #expect(try await client.send(HTTPClientRequest(url: "http://bot.example/x")).status == 204)
            let lines = seen.elements
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("GET http://bot.example") == true)
            await client.shutDown()
            withExtendedLifetime([proxy, server, greeting]) {}
        }
    }

    @Test func aMailServerOnThisMachineNeedsNone() async {
        await #expect(processExitsWith: .success) {
            let proxy = try RawServer.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            for name in ["smtp_proxy", "all_proxy"] { unsafe setenv(name, proxy.url(), 1) }
            for name in ["no_proxy", "NO_PROXY"] { unsafe unsetenv(name) }
            let server = try RawServer.mail("250 taken")
            let client = HTTPClient()
            let mail = MailMessage(
                url: "smtp://127.0.0.1:\(server.port)", sender: "a@x.example", recipients: ["b@x.example"],
                content: Array("Subject: s\r\n\r\n".utf8), encryption: .opportunistic)
            #expect(try await client.send(mail).code == 250)
            #expect(proxy.connections == 0)
            await client.shutDown()
            withExtendedLifetime((proxy, server)) {}
        }
    }

    /// What a proxy says before it passes on is none of the peer's fields.
    @Test(.enabled(if: TLSServer.isAvailable)) func theHeadOfAProxyIsNotTheAnswers() async {
        await #expect(processExitsWith: .success) {
            for name in ["no_proxy", "NO_PROXY"] { unsafe unsetenv(name) }
            let server = try await TLSServer.start(certifying: "DNS:bot.example")
            let port = server.port
            let proxy = try LoopbackServer { connection in
                var head: [UInt8] = []
                while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    guard let bytes = try? connection.socket.receive(), !bytes.isEmpty else { return }
                    head += bytes
                }
                guard let peer = try? StreamSocket.connected(to: port) else { return }
                try? connection.socket.send(Array("HTTP/1.1 200 OK\r\nX-Proxy: here\r\n\r\n".utf8))
                let isOver = DispatchSemaphore(value: 0)
                Thread.detachNewThread {
                    while let bytes = try? peer.receive(), !bytes.isEmpty { try? connection.socket.send(bytes) }
                    connection.socket.disconnect()
                    isOver.signal()
                }
                while let bytes = try? connection.socket.receive(), !bytes.isEmpty { try? peer.send(bytes) }
                peer.disconnect()
                isOver.wait()
            }
            unsafe setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
            let client = HTTPClient(caFile: server.certificate)
            let response = try await client.send(HTTPClientRequest(url: "https://bot.example/"))
            #expect(response.status == 200)
            #expect(response.header("X-Proxy") == nil)
            #expect(response.header("Content-Type") != nil)
            await client.shutDown()
            proxy.shutDown()
            withExtendedLifetime(server) {}
        }
    }

    /// The peer was never reached, so its name would lead astray; the proxy's password is nobody's business.
    @Test func aProxyThatFailsIsNamed() async {
        await #expect(processExitsWith: .success) {
            for name in ["no_proxy", "NO_PROXY"] { unsafe unsetenv(name) }
            let client = HTTPClient()
            func reason(_ url: String) async -> String? {
                let error = await #expect(throws: HTTPClientError.self) {
                    try await client.send(HTTPClientRequest(url: url))
                }
                return error?.reason
            }
            let refusing = try RefusingPort()
            unsafe setenv("http_proxy", "http://user:secret@127.0.0.1:\(refusing.number)", 1)
            let refused = await reason("http://bot.example/")
            #expect(refused == "the proxy 127.0.0.1:\(refusing.number) refused the connection")
            let own = await reason(refusing.url())
            #expect(own == "connection refused")
            // A label has at most 63 bytes, so no name server is asked.
            let name = String(repeating: "a", count: 64) + ".invalid"
            unsafe setenv("http_proxy", "http://user:secret@\(name):80", 1)
            let unknown = await reason("http://bot.example/")
            #expect(unknown == "the name of the proxy \(name) could not be looked up")
            let strict = try RawServer.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            unsafe setenv("https_proxy", strict.url(), 1)
            let forbidden = await reason("https://bot.example/")
            #expect(forbidden?.hasPrefix("the proxy refused to connect to it: ") == true)
            #expect(forbidden?.contains("403") == true)
            await client.shutDown()
            withExtendedLifetime((refusing, strict)) {}
        }
    }
}
