import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Each connection's share of a turn is bounded, so that a pipelining client does not delay others.
@Suite(.timeLimit(.minutes(1)))
struct FairnessTests {
    /// Records paths; the first answer waits until it is released.
    private struct Responder: HTTPResponder, Sendable {
        let paths: EventLog<String>
        let gate: DispatchSemaphore

        mutating func beginTurn() {}

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            paths.append(String(decoding: [UInt8](bytes, request.path), as: UTF8.self))
            if paths.count == 1 { gate.wait() }
            output.append("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return .given
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {}
    }

    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test func aPipelinerLetsANewcomerIn() throws {
        let responder = Responder(paths: EventLog<String>(), gate: DispatchSemaphore(value: 0))
        let server = HTTPServer(threadName: "fair", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0))
        let port = UInt16(try server.start { _, _ in responder })
        let pipeliner = try RawClient(port: port)
        defer { pipeliner.close() }
        try pipeliner.send(String(repeating: get("/many"), count: 400))
        let newcomer = try RawClient(port: port)
        defer { newcomer.close() }
        try newcomer.send(get("/one"))
        // Everything now waits in the system's buffers, or behind the first answer.
        responder.gate.signal()
        #expect(try newcomer.readResponse().status == 200)
        for _ in 0..<400 { #expect(try pipeliner.readResponse().status == 200) }
        let place = try #require(responder.paths.elements.firstIndex(of: "/one"))
        #expect(place <= 2 * ConnectionLimits().requestsPerTurn, "it stood behind \(place) answers")
        withExtendedLifetime(server) {}
    }

    @Test func aTurnAnswersABoundedNumber() {
        var limits = ConnectionLimits()
        limits.requestsPerTurn = 3
        var exchange = Exchange(limits: limits)
        exchange.deliver(Array(String(repeating: get("/a"), count: 7).utf8))
        var turns: [Int] = [exchange.answers.count]
        while exchange.state.wantsToWrite {
            #expect(!exchange.state.wantsToRead, "what is there comes first")
            exchange.state.sentAll(at: exchange.now)
            guard exchange.state.hasBacklog else { break }
            exchange.state.resume(at: exchange.now, responder: &exchange.responder)
            turns.append(exchange.answers.count)
        }
        #expect(turns == [3, 6, 7])
        #expect(exchange.state.wantsToRead)
    }

    /// A peer that reads nothing gets no further answers, whatever it has sent.
    @Test func aBacklogOfAnswersStopsThem() {
        var exchange = Exchange()
        exchange.deliver(Array(String(repeating: get("/a"), count: 40).utf8))
        #expect(exchange.answers.count == 16)
        #expect(!exchange.state.hasBacklog)
        exchange.state.resume(at: exchange.now, responder: &exchange.responder)
        #expect(exchange.answers.count == 16)
        exchange.takeAll()
        #expect(exchange.answers.count == 40)
    }

    /// Requests after a deferred answer are answered after it.
    @Test func aDeferredAnswerHoldsUpTheBacklog() {
        var exchange = Exchange()
        exchange.deliver(Array((get("/later") + get("/a")).utf8))
        #expect(!exchange.state.hasBacklog)
        exchange.answer(0, "x")
        #expect(exchange.answers == [.deferred(path: "/later"), .served(.get, path: "/a", body: 0)])
    }

    @Test func answersThatTakeLongAreMadeOnceATurn() throws {
        let health = HealthMonitor()
        var endpoints = Endpoints(name: "Bot", version: "1", port: 1, health: health)
        func body(_ path: String, _ accept: String = "*/*") throws -> String {
            let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept: \(accept)\r\n\r\n".utf8)
            var parser = HTTPRequestParser()
            guard case .head(let request) = parser.parse(bytes.span) else { throw SystemFailure("parse") }
            var output: [UInt8] = []
            _ = endpoints.respond(
                to: request, bytes: bytes.span, from: HTTPPeer(isLoopback: true), output: &output)
            // A second may pass between two answers, and their fields tell the time.
            return String(decoding: output, as: UTF8.self).replacing(/Date: [\w,: ]+/, with: "")
        }
        let paths = [
            ("/metrics", "*/*"), ("/", "text/html"), ("/health", "application/health+json"), ("/health", "a/b"),
        ]
        for (path, accept) in paths {
            endpoints.beginTurn()
            let first = try body(path, accept)
            health.recordUpdate()
            #expect(try body(path, accept) == first)
            endpoints.beginTurn()
            #expect(try body(path, accept) != first, "\(path) is read anew in the next turn")
        }
    }
}
