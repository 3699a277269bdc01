import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// Answers in parts, on a clock that the tests move.
struct StreamedAnswerTests {
    private let parts = "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n"
    private let get = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"

    private func text(_ exchange: Exchange) -> String { String(decoding: exchange.sent, as: UTF8.self) }

    @Test func partsAreSentAsTheyCome() {
        var exchange = Exchange()
        exchange.receive(parts)
        #expect(text(exchange) == "<")
        for part in ["a", "b", "c"] {
            exchange.stream(0, part)
            exchange.takeAll()
        }
        #expect(text(exchange) == "<abc")
        #expect(exchange.state.phase == .streaming)
        #expect(exchange.state.stream == exchange.responder.places[0])
    }

    /// The answer has no length, so later bytes could not be distinguished from it.
    @Test func nothingIsServedBehindIt() {
        var exchange = Exchange()
        exchange.receive(get + parts + get)
        exchange.receive(get)
        #expect(text(exchange) == "+<")
        #expect(exchange.answers.count == 2)
    }

    @Test func anEmptyPartEndsIt() {
        var exchange = Exchange()
        exchange.receive(parts)
        exchange.stream(0, "")
        #expect(exchange.state.phase == .closed)

        var waiting = Exchange()
        waiting.deliver(parts.utf8)
        waiting.stream(0, "last")
        waiting.stream(0, "")
        #expect(waiting.state.phase == .closing, "what was said before is still sent")
        waiting.takeAll()
        #expect(text(waiting) == "<last")
        #expect(waiting.state.phase == .lingering)
    }

    @Test func aPeerThatDoesNotReadIsDroppedBeforeItCostsMuch() {
        var limits = ConnectionLimits()
        limits.streamBytes = 10
        var exchange = Exchange(limits: limits)
        exchange.receive(parts)
        exchange.stream(0, "a part that nothing waits before may be longer than that")
        #expect(exchange.state.phase == .streaming)
        exchange.takeAll()
        exchange.stream(0, "12345")
        exchange.state.sent(0, at: exchange.now)
        exchange.stream(0, "67890")
        #expect(exchange.state.output.count == 10)
        exchange.stream(0, "1")
        #expect(exchange.state.phase == .closed)
        #expect(exchange.state.output.isEmpty)
    }

    /// A peer that reads a byte now and then does not really read: its queue grows to the limit. A peer that reads
    /// nothing has as much time as for any other answer.
    @Test func aPeerThatTakesNothingIsGivenUp() {
        var exchange = Exchange()
        exchange.receive(parts)
        exchange.stream(0, "a")
        exchange.state.sent(0, at: exchange.now)
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(5))
        exchange.expire()
        #expect(exchange.state.phase == .closed)
    }

    @Test func silenceThatLastsEndsIt() {
        var exchange = Exchange()
        exchange.receive(parts)
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(60))
        exchange.wait(.seconds(15))
        exchange.stream(0, "a")
        exchange.takeAll()
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(60))
        exchange.expire()
        #expect(exchange.state.phase == .closed)
        #expect(text(exchange) == "<a", "no error can be told within an answer")
    }

    @Test func aPeerThatLeavesIsNoticed() {
        var exchange = Exchange()
        exchange.receive(parts)
        #expect(exchange.state.wantsToRead)
        #expect(!exchange.state.isAwaiting, "it may go where connections are short")
        exchange.state.endOfInput()
        #expect(exchange.state.phase == .closed)
        exchange.stream(0, "a")
        #expect(exchange.state.output.isEmpty)
    }

    @Test func partsOfAnotherAnswerMeetNobody() {
        var exchange = Exchange()
        exchange.receive(get + parts)
        exchange.state.streamed(1, part: [1], at: exchange.now)
        exchange.state.streamed(3, part: [1], at: exchange.now)
        exchange.state.answered(2, with: [1], at: exchange.now)
        exchange.takeAll()
        #expect(text(exchange) == "+<")
    }

    @Test func aQuarterOfAMebibyteMayWaitForAPeer() {
        var exchange = Exchange()
        exchange.receive(parts)
        exchange.stream(0, "a")
        exchange.stream(0, String(repeating: "b", count: 256 * 1024 - 1))
        #expect(exchange.state.phase == .streaming)
        exchange.stream(0, "c")
        #expect(exchange.state.phase == .closed)
    }
}
