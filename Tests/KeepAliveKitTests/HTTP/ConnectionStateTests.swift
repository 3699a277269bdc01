import Testing

@testable import KeepAliveKit

struct ConnectionStateTests {
    private let get = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
    private let served = Exchange.Answer.served(.get, path: "/ping", body: 0)

    @Test func oneRequestOneAnswer() {
        var exchange = Exchange()
        exchange.receive(get)
        #expect(exchange.answers == [served])
        #expect(exchange.sent == Array("+".utf8))
        #expect(exchange.state.phase == .open)
        #expect(exchange.state.wantsToRead)
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() {
        let text = get + "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /" + "\r\n" + get
        let expected: [Exchange.Answer] = [served, .served(.post, path: "/a", body: 5), served]
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            #expect(Exchange.outcome(of: bytes, cutAt: [cut]) == .init(answers: expected, phase: .open), "\(cut)")
        }
        #expect(Exchange.outcome(of: bytes, cutAt: 1..<bytes.count).answers == expected)
    }

    @Test func nothingAfterCloseIsServed() {
        var exchange = Exchange()
        exchange.receive("GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get)
        exchange.receive(get)
        #expect(exchange.answers == [served])
        #expect(exchange.state.phase == .lingering)
    }

    @Test func http10ClosesUnlessAskedNotTo() {
        #expect(Exchange.outcome(of: Array("GET /ping HTTP/1.0\r\n\r\n".utf8)).phase == .lingering)
        let kept = "GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        #expect(Exchange.outcome(of: Array((kept + kept).utf8)) == .init(answers: [served, served], phase: .open))
    }

    @Test func expectContinueAsksForTheBody() {
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        var exchange = Exchange()
        exchange.receive(head)
        #expect(String(decoding: exchange.sent, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(exchange.answers.isEmpty)
        exchange.receive("a")
        exchange.receive("b")
        #expect(exchange.answers == [.served(.post, path: "/a", body: 2)])

        var eager = Exchange()
        eager.receive(head + "ab")
        #expect(eager.sent == Array("+".utf8), "the body is there already")
        var old = Exchange()
        old.receive(head.replacing("HTTP/1.1", with: "HTTP/1.0"))
        #expect(old.sent.isEmpty, "HTTP/1.0 knows no interim answers")
    }

    @Test func whileAnswersWaitNothingIsRead() {
        var exchange = Exchange()
        exchange.deliver(get.utf8)
        #expect(!exchange.state.wantsToRead)
        #expect(exchange.state.wantsToWrite)
        exchange.takeAll()
        #expect(exchange.state.wantsToRead)
        #expect(!exchange.state.wantsToWrite)
    }

    /// A peer that sends requests endlessly and reads nothing costs at most the limit plus one answer.
    @Test func answersThatNobodyTakesAreBounded() {
        var limits = ConnectionLimits()
        limits.outputBytes = 1000
        var exchange = Exchange(limits: limits)
        exchange.responder.answerLength = 400
        exchange.deliver(String(repeating: get, count: 500).utf8)
        #expect(exchange.answers.count == 3)
        #expect(exchange.state.output.count == 1200)
        exchange.takeAll()
        #expect(exchange.answers.count == 500)
        #expect(exchange.sent.count == 500 * 400)
    }

    @Test func partOfAnAnswerIsTaken() {
        var exchange = Exchange()
        exchange.responder.answerLength = 10
        exchange.deliver(get.utf8)
        exchange.state.sent(4, at: exchange.now)
        #expect(exchange.state.output.count == 6)
        exchange.state.sent(Int.max, at: exchange.now)
        #expect(exchange.state.output.isEmpty)
        exchange.state.sent(-1, at: exchange.now)
        #expect(exchange.state.output.isEmpty)
    }

    @Test func theEndOfInputCloses() {
        var idle = Exchange()
        idle.receive(get)
        idle.state.endOfInput()
        #expect(idle.state.phase == .closed)
        var busy = Exchange()
        busy.deliver(get.utf8)
        busy.state.endOfInput()
        #expect(busy.state.phase == .closing, "the answer is still wanted")
        var lingering = Exchange()
        lingering.receive("nonsense\r\n")
        #expect(lingering.state.phase == .lingering)
        lingering.state.endOfInput()
        #expect(lingering.state.phase == .closed)
    }

    @Test func aBrokenSocketEndsEverything() {
        var exchange = Exchange()
        exchange.deliver(get.utf8)
        exchange.state.abandon()
        #expect(exchange.state.phase == .closed)
        #expect(!exchange.state.wantsToWrite)
        exchange.receive(get)
        #expect(exchange.answers == [served])
    }
}
