import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A server with a capacity of its own: who stays, and who makes room.
@Suite(.timeLimit(.minutes(1)))
struct ServerCapacityTests {
    private struct Responder: HTTPResponder, Sendable {
        mutating func beginTurn() {}

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            output.append("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return .given
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {}
    }

    private static func serve(
        _ change: (inout ServerCapacity) -> Void, _ body: @escaping @Sendable (UInt16) throws -> Void
    ) async throws {
        var capacity = ServerCapacity()
        change(&capacity)
        var limits = ConnectionLimits()
        limits.request = .seconds(50)
        let server = HTTPServer(
            threadName: "capacity", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0), limits: limits,
            capacity: capacity)
        let port = UInt16(try server.start { _, _ in Responder() })
        try await BlockingWork.run { try body(port) }
        await server.stop()
    }

    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A busy client connects first and sends later. Whoever was answered makes room before it.
    @Test func aNewcomerKeepsItsPlaceUntilItHasSent() async throws {
        try await Self.serve { capacity in
            (capacity.connections, capacity.newcomers) = (4, .seconds(50))
        } _: { port in
            let answered = try RawClient(port: port)
            try answered.send(Self.request)
            #expect(try answered.readResponse().status == 200)
            let newcomers = try (0..<12).map { _ in try RawClient(port: port) }
            // The last to connect is accepted last.
            for newcomer in newcomers.reversed() { try newcomer.send(Self.request) }
            for newcomer in newcomers { #expect(try newcomer.readResponse().status == 200) }
            #expect(try answered.readAll().isEmpty)
        }
    }

    /// Whoever holds memory for the longest time makes room; a peer that holds none stays.
    @Test func unfinishedRequestsTogetherAreBounded() async throws {
        try await Self.serve { capacity in
            capacity.heldBytes = 10_000
        } _: { port in
            let idle = try RawClient(port: port)
            try idle.send(Self.request)
            #expect(try idle.readResponse().status == 200)
            let head = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: \(String(repeating: "x", count: 4000))"
            let stalled = try (0..<3).map { _ in
                let client = try RawClient(port: port)
                try client.send(head)
                // Its bytes have arrived once a later peer is answered.
                let next = try RawClient(port: port)
                try next.send(Self.request)
                #expect(try next.readResponse().status == 200)
                return client
            }
            #expect(try stalled[0].readAll().isEmpty)
            for client in stalled[1...] + [idle] {
                try client.send(client === idle ? Self.request : "\r\n\r\n")
                #expect(try client.readResponse().status == 200)
            }
        }
    }

    /// Of thousands the longest idle one is found again and again, in the order of their activity.
    @Test func theLongestIdleComesFirst() {
        let start = MonotonicTime.now()
        var table = ConnectionTable(newcomers: .zero)
        for id in 1...100 as ClosedRange<UInt64> {
            let state = ConnectionState(
                at: start.advanced(by: .milliseconds(Int(id * 37 % 101))),
                peer: HTTPPeer(isLoopback: true, connection: id))
            table.add(Connection(socket: FileDescriptor(owning: -1), state: state))
        }
        var times: [MonotonicTime] = []
        while times.count < 99, let longest = table.longestIdle(but: 50, at: start) {
            times.append(longest.state.lastActivity)
            let isRemoved = table.remove(longest)
            #expect(isRemoved)
        }
        #expect(times.count == 99 && times == times.sorted())
        #expect(table.count == 1)
    }

    /// The longest idle ones were sorted for an earlier peer, and one of them was active since.
    @Test func whoWasActiveSinceIsNotIdle() {
        let start = MonotonicTime.now()
        var table = ConnectionTable(newcomers: .zero)
        var connections: [Connection] = []
        for id in 1...32 as ClosedRange<UInt64> {
            let state = ConnectionState(
                at: start.advanced(by: .milliseconds(Int(id))), peer: HTTPPeer(isLoopback: true, connection: id))
            connections.append(Connection(socket: FileDescriptor(owning: -1), state: state))
        }
        for connection in connections { table.add(connection) }
        let first = table.longestIdle(but: 0, at: start)
        #expect(first === connections[0])
        _ = table.remove(connections[0])
        connections[1].state.sentAll(at: start.advanced(by: .seconds(9)))
        let second = table.longestIdle(but: 0, at: start)
        #expect(second === connections[2])
    }

    /// If nobody is idle, who has just connected makes room before who waits for an answer.
    @Test func whoWaitsForAnAnswerGoesLast() {
        let start = MonotonicTime.now()
        var table = ConnectionTable(newcomers: .seconds(50))
        let connections = [1, 2].map { (id: UInt64) in
            Connection(
                socket: FileDescriptor(owning: -1),
                state: ConnectionState(
                    at: start.advanced(by: .milliseconds(Int(id))), peer: HTTPPeer(isLoopback: true, connection: id)))
        }
        for connection in connections { table.add(connection) }
        var responder = Exchange.Responder()
        let later = Array("GET /later HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        connections[0].state.received(later.span, at: start, responder: &responder)
        #expect(connections[0].state.isAwaiting)
        let first = table.longestIdle(but: 0, at: start)
        #expect(first === connections[1])
        let other = table.longestIdle(but: 2, at: start)
        #expect(other === connections[0])
    }
}
