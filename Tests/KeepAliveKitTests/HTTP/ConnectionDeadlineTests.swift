import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// Deadlines, on a clock that the tests move.
struct ConnectionDeadlineTests {
    private let get = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
    private let served = Exchange.Answer.served(.get, path: "/ping", body: 0)

    private func left(_ exchange: Exchange) -> Duration {
        exchange.state.deadline.since(exchange.now)
    }

    @Test func aSilentConnectionHas5SecondsFromItsStart() {
        var exchange = Exchange()
        #expect(left(exchange) == .seconds(5))
        exchange.expire()
        #expect(exchange.answers == [.rejected(.requestTimeout)])
        #expect(exchange.state.phase == .lingering)
    }

    /// Sending slowly gains no time.
    @Test func aSlowHeadHas5SecondsInAll() {
        var exchange = Exchange()
        for byte in "GET /ping".utf8 {
            exchange.receive([byte])
            exchange.wait(.milliseconds(500))
        }
        #expect(left(exchange) == .milliseconds(500))
        exchange.expire()
        #expect(exchange.answers == [.rejected(.requestTimeout)])
    }

    @Test func aSlowBodyHas5SecondsOfItsOwn() {
        var exchange = Exchange()
        exchange.wait(.seconds(4))
        exchange.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        #expect(left(exchange) == .seconds(5))
        exchange.wait(.seconds(3))
        exchange.receive("abc")
        #expect(left(exchange) == .seconds(2))
        exchange.expire()
        #expect(exchange.answers == [.rejected(.requestTimeout)])
        #expect(exchange.state.phase == .lingering)
    }

    @Test func betweenRequestsTheConnectionMayRest() {
        var exchange = Exchange()
        exchange.receive(get)
        #expect(left(exchange) == .seconds(60))
        exchange.wait(.seconds(59))
        exchange.receive("GET /pi")
        #expect(left(exchange) == .seconds(5), "a new request has begun")
        exchange.wait(.seconds(4))
        exchange.receive("ng HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(left(exchange) == .seconds(60))
        exchange.expire()
        #expect(exchange.answers == [served, served], "an idle connection is closed without a word")
        #expect(exchange.state.phase == .closed)
    }

    @Test func aPeerThatTakesNothingIsGivenUp() {
        var exchange = Exchange()
        exchange.deliver(get.utf8)
        exchange.state.sent(0, at: exchange.now)
        #expect(left(exchange) == .seconds(5))
        exchange.now = exchange.state.deadline
        exchange.state.timedOut(at: exchange.now, responder: &exchange.responder)
        #expect(exchange.state.phase == .closed)
        #expect(exchange.answers == [served])
    }

    @Test func aClosedConversationLingersForASecond() {
        var exchange = Exchange()
        exchange.receive("GET /ping HTTP/1.0\r\n\r\n")
        #expect(exchange.state.phase == .lingering)
        #expect(
            exchange.state.wantsToRead, "what still comes is read and thrown away, lest a reset overtake the answer")
        #expect(left(exchange) == .seconds(1))
        exchange.wait(.milliseconds(900))
        exchange.receive("more")
        #expect(left(exchange) == .milliseconds(100), "more bytes buy no time")
        exchange.expire()
        #expect(exchange.state.phase == .closed)
    }

    @Test func activityIsWhenBytesMove() {
        var exchange = Exchange()
        let start = exchange.now
        #expect(exchange.state.lastActivity == start)
        exchange.wait(.seconds(1))
        exchange.receive("GET")
        #expect(exchange.state.lastActivity == start.advanced(by: .seconds(1)))
        exchange.wait(.seconds(1))
        exchange.deliver(" /ping HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        exchange.wait(.seconds(1))
        exchange.state.sent(0, at: exchange.now)
        #expect(exchange.state.lastActivity == start.advanced(by: .seconds(2)), "nothing was taken")
        exchange.takeAll()
        #expect(exchange.state.lastActivity == exchange.now)
    }

    @Test func limitsAreTheOnesGiven() {
        var limits = ConnectionLimits()
        limits.request = .seconds(1)
        limits.idle = .seconds(2)
        var exchange = Exchange(limits: limits)
        #expect(left(exchange) == .seconds(1))
        exchange.receive(get)
        #expect(left(exchange) == .seconds(2))
    }
}
