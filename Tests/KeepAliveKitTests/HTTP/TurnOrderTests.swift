import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Who is served first when many ask at once. One request holds up the server until all others have arrived.
@Suite(.timeLimit(.minutes(1)))
struct TurnOrderTests {
    /// Records turns and paths. `/held` waits until it is released; `/slow` takes 5 ms.
    private struct Responder: HTTPResponder, Sendable {
        let log: EventLog<String>
        let gate: DispatchSemaphore

        mutating func beginTurn() { log.append("turn") }

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            let path = String(decoding: [UInt8](bytes, request.path), as: UTF8.self)
            log.append(path)
            if path == "/held" { gate.wait() }
            let end = MonotonicTime.now().advanced(by: .milliseconds(5))
            while path == "/slow", MonotonicTime.now() < end { OSThread.rest(milliseconds: 1) }
            output.append("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return .given
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {}
    }

    private let log = EventLog<String>()
    private let gate = DispatchSemaphore(value: 0)
    private let server: HTTPServer
    private let port: UInt16

    init() throws {
        // So that a client may wait for its turn to send.
        var limits = ConnectionLimits()
        limits.request = .seconds(50)
        server = HTTPServer(
            threadName: "turns", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0), limits: limits)
        let responder = Responder(log: log, gate: gate)
        port = UInt16(try server.start { _, _ in responder })
    }

    /// A client that has had an answer.
    private func servedClient() throws -> RawClient {
        let client = try RawClient(port: port)
        try client.request("GET", "/now")
        #expect(try client.readResponse().status == 200)
        return client
    }

    /// The answers to all of them take far longer than a turn.
    @Test(arguments: [true, false])
    func aNewcomerDoesNotStandBehindAllOthers(isAccepted: Bool) async throws {
        let early = try isAccepted ? RawClient(port: port) : nil
        // Connections are accepted in their order: the early one is there when these have their answers.
        let others = try (0..<60).map { _ in try servedClient() }
        let holder = try servedClient()
        try holder.request("GET", "/held")
        _ = try await log.first { $0 == "/held" }
        for other in others { try other.request("GET", "/slow") }
        let newcomer = try early ?? RawClient(port: port)
        try newcomer.request("GET", "/new")
        gate.signal()
        #expect(try newcomer.readResponse().status == 200)
        let paths = log.elements.filter { ["/slow", "/new"].contains($0) }
        let place = try #require(paths.firstIndex(of: "/new"))
        // A turn lasts 50 ms, which is ten of them at most.
        #expect(place <= 20, "it stood behind \(place) answers")
        await server.stop()
        withExtendedLifetime((others, holder)) {}
    }

    /// Its request may be newer than the answers that the others of its turn share.
    @Test func whoCallsDuringATurnBeginsAnother() async throws {
        let (holder, other) = (try servedClient(), try servedClient())
        try holder.request("GET", "/held")
        _ = try await log.first { $0 == "/held" }
        try other.request("GET", "/now")
        let newcomer = try RawClient(port: port)
        try newcomer.request("GET", "/new")
        gate.signal()
        #expect(try newcomer.readResponse().status == 200)
        let entries = log.elements
        let place = try #require(entries.firstIndex(of: "/new"))
        #expect(entries[place - 1] == "turn")
        await server.stop()
        withExtendedLifetime((holder, other)) {}
    }
}
