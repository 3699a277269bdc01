import Testing

@testable import KeepAliveKit

/// Bodies over 8 KiB, if their beginning suffices.
struct LongBodyTests {
    private static let length = 20_000
    private static let requests = Array(
        ("POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n" + String(repeating: "x", count: length)
            + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n").utf8)
    private static let expected = Exchange.Outcome(
        answers: [.served(.post, path: "/long", body: 8192), .served(.get, path: "/next", body: 0)], phase: .open)

    @Test(arguments: [1, 7, 60, 64, 8191, 8192, 8193, 8250, 8260, 9000, 19_000, 20_059, 20_061, 20_062, 30_000])
    func theBeginningIsAnsweredAndTheRestThrownAway(size: Int) {
        let cuts = stride(from: size, to: Self.requests.count, by: size)
        #expect(Exchange.outcome(of: Self.requests, cutAt: cuts) == Self.expected)
    }

    @Test func itIsAnsweredOnceAllHasCome() {
        var exchange = Exchange()
        exchange.receive(Self.requests.prefix(15_000))
        #expect(exchange.answers.isEmpty)
        exchange.receive(Self.requests.dropFirst(15_000))
        #expect(exchange.answers == Self.expected.answers)
    }

    /// A slow connection is no attack while bytes arrive.
    @Test func aLongBodyMayTakeItsTime() {
        var exchange = Exchange()
        exchange.receive(Self.requests.prefix(9000))
        for start in stride(from: 9000, to: Self.requests.count, by: 1000) {
            exchange.wait(.seconds(4))
            #expect(exchange.state.deadline > exchange.now)
            exchange.receive(Self.requests[start...].prefix(1000))
        }
        #expect(exchange.answers == Self.expected.answers)
    }

    @Test func oneThatEndsInBetweenIsTimedOut() {
        var exchange = Exchange()
        exchange.receive(Self.requests.prefix(15_000))
        exchange.expire()
        #expect(exchange.answers == [.rejected(.requestTimeout)])
    }

    @Test func elsewhereItIsRefused() {
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8193\r\n\r\n".utf8)
        #expect(Exchange.outcome(of: bytes) == .init(answers: [.rejected(.contentTooLarge)], phase: .lingering))
    }
}
