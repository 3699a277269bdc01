import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// Deferred answers, on a clock that the tests move.
struct DeferredAnswerTests {
    private let later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
    private let get = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
    private let served = Exchange.Answer.served(.get, path: "/ping", body: 0)
    private let deferred = Exchange.Answer.deferred(path: "/later")

    private func text(_ exchange: Exchange) -> String { String(decoding: exchange.sent, as: UTF8.self) }

    @Test func anAnswerMayComeLater() {
        var exchange = Exchange()
        exchange.receive(later)
        #expect(exchange.sent.isEmpty)
        #expect(!exchange.state.wantsToRead)
        #expect(exchange.state.isAwaiting)
        exchange.answer(0, "later")
        #expect(text(exchange) == "later")
        #expect(exchange.state.wantsToRead)
        #expect(!exchange.state.isAwaiting)
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(60), "the connection rests")
        exchange.receive(get)
        #expect(text(exchange) == "later+")
    }

    /// However the network splits the bytes, answers keep the order of the requests.
    @Test func noPipelinedRequestOvertakes() {
        let bytes = Array((get + later + get + later + get).utf8)
        for cut in 0...bytes.count {
            var exchange = Exchange()
            exchange.receive(bytes[..<cut])
            // Bytes received while an answer is pending stay in the system's buffers.
            var rest = bytes[cut...]
            var next = 0
            while true {
                if exchange.state.wantsToRead, !rest.isEmpty {
                    exchange.receive(rest)
                    rest = []
                } else if exchange.state.isAwaiting {
                    exchange.answer(next, "\(next)")
                    next += 1
                } else {
                    break
                }
            }
            #expect(text(exchange) == "+0+1+", "\(cut)")
            #expect(exchange.answers == [served, deferred, served, deferred, served], "\(cut)")
            #expect(exchange.state.phase == .open, "\(cut)")
        }
    }

    @Test func anEarlierAnswerThatIsStillBeingSentComesFirst() {
        var exchange = Exchange()
        exchange.responder.answerLength = 3
        exchange.deliver((get + later + get).utf8)
        exchange.state.sent(1, at: exchange.now)
        #expect(exchange.state.output.count == 2)
        exchange.answer(0, "later")
        #expect(text(exchange) == "++later+++")
    }

    @Test func anAnswerThatDoesNotComeIsGivenUp() {
        var exchange = Exchange()
        exchange.receive(later + get)
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(30))
        exchange.expire()
        #expect(exchange.answers == [deferred, .rejected(.unavailable)])
        #expect(exchange.state.phase == .lingering, "where the late answer would go is not open any more")
        exchange.answer(0, "late")
        #expect(text(exchange) == "-")
    }

    /// The time to send earlier answers neither counts against the answer nor extends its deadline.
    @Test func theDeadlineOutlastsAnEarlierAnswer() {
        var exchange = Exchange()
        let start = exchange.now
        exchange.deliver((get + later).utf8)
        exchange.wait(.seconds(1))
        exchange.state.sent(0, at: exchange.now)
        #expect(exchange.state.deadline.since(exchange.now) == .seconds(5), "the peer has 5 s to take what there is")
        exchange.takeAll()
        #expect(exchange.state.deadline.since(start) == .seconds(30))
        exchange.deliver([])
        #expect(exchange.state.isAwaiting)
    }

    /// For so long its connection makes room for nobody.
    @Test func anAnswerIsOnItsWayForThreeSeconds() {
        var exchange = Exchange()
        #expect(!exchange.state.waitsBriefly(at: exchange.now))
        exchange.receive(later)
        exchange.wait(Duration.seconds(3) - .nanoseconds(1))
        #expect(exchange.state.waitsBriefly(at: exchange.now))
        exchange.wait(.nanoseconds(1))
        #expect(!exchange.state.waitsBriefly(at: exchange.now))
    }

    @Test func aPeerThatTakesNothingMeanwhileIsGivenUp() {
        var exchange = Exchange()
        exchange.deliver((get + later).utf8)
        exchange.state.sent(0, at: exchange.now)
        exchange.now = exchange.state.deadline
        exchange.state.timedOut(at: exchange.now, responder: &exchange.responder)
        #expect(exchange.state.phase == .closed)
        #expect(exchange.answers == [served, deferred])
    }

    @Test func theSameAnswerTwiceIsGivenOnce() {
        var exchange = Exchange()
        exchange.receive(later + later)
        exchange.answer(0, "a")
        exchange.answer(0, "b")
        #expect(text(exchange) == "a")
        #expect(exchange.state.isAwaiting)
        exchange.answer(1, "c")
        #expect(text(exchange) == "ac")
        exchange.answer(1, "d")
        #expect(text(exchange) == "ac")
    }

    @Test func aPeerThatHasSaidEverythingStillGetsItsAnswer() {
        var exchange = Exchange()
        exchange.receive(later)
        exchange.state.endOfInput()
        #expect(exchange.state.isAwaiting)
        exchange.answer(0, "later")
        #expect(text(exchange) == "later")
        #expect(exchange.state.phase == .lingering)
    }

    @Test func aPeerThatIsGoneGetsNothing() {
        var exchange = Exchange()
        exchange.receive(later)
        exchange.state.abandon()
        exchange.answer(0, "later")
        #expect(exchange.state.phase == .closed)
        #expect(exchange.sent.isEmpty)
        #expect(!exchange.state.isAwaiting)
    }

    @Test func theConnectionClosesWhereTheRequestAskedForIt() {
        var exchange = Exchange()
        exchange.receive("GET /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get)
        exchange.answer(0, "later")
        #expect(text(exchange) == "later")
        #expect(exchange.answers == [deferred])
        #expect(exchange.state.phase == .lingering)
    }

    @Test func noAnswerAtAllClosesTheConnection() {
        var exchange = Exchange()
        exchange.receive(later + get)
        exchange.answer(0, "")
        #expect(exchange.state.phase == .closed)
        #expect(exchange.answers == [deferred])
    }
}
