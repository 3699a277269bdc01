import Testing

@testable import KeepAliveKit

/// Requests at the limits of the parser and of the connection, also before they are complete.
struct RequestEdgeTests {
    private let get = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"

    private func parse(_ text: String) -> HTTPRequestParser.Outcome {
        var parser = HTTPRequestParser()
        let bytes = Array(text.utf8)
        return parser.parse(bytes.span)
    }

    private func isRejected(_ text: String) -> Bool {
        if case .rejected = parse(text) { true } else { false }
    }

    @Test(arguments: [(8191, nil), (8192, .headTooLarge), (8193, .headTooLarge)] as [(Int, HTTPStatus?)])
    func aHeadWithoutEndIsRefusedAtItsLimit(count: Int, status: HTTPStatus?) {
        let start = "GET / HTTP/1.1\r\nX:"
        let text = start + String(repeating: "a", count: count - start.utf8.count)
        if case .rejected(let found, _) = parse(text) {
            #expect(found == status)
        } else {
            #expect(status == nil)
        }
    }

    @Test func aMethodWithoutEndIsRefusedBeyondItsLimit() {
        #expect(parse(String(repeating: "A", count: 32)) == .incomplete)
        #expect(isRejected(String(repeating: "A", count: 33)))
        #expect(parse(String(repeating: "A", count: 32) + " /") == .incomplete)
    }

    @Test func aTargetWithoutEndIsRefusedBeyondItsLimit() {
        let start = "GET /" + String(repeating: "a", count: 2047)
        #expect(parse(start) == .incomplete)
        #expect(parse(start + " HT") == .incomplete)
        #expect(isRejected(start + "a"))
    }

    /// The digits of a length beyond that are not counted.
    @Test func theLongestBodyIsShorterThanATebibyte() {
        let head = "POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: "
        guard case .head(let request) = parse(head + "1099511627775\r\n\r\n") else {
            Issue.record("a body of this length is taken")
            return
        }
        #expect(request.contentLength == 8192)
        #expect(request.surplus == 1_099_511_627_775 - 8192)
        #expect(parse(head + "1099511627776\r\n\r\n") == .rejected(.contentTooLarge, "the body is over 8 KiB"))
    }

    @Test(arguments: [(799, 2), (800, 2), (801, 3)]) func answersAreMadeUpToTheirLimit(limit: Int, count: Int) {
        var limits = ConnectionLimits()
        limits.outputBytes = limit
        var exchange = Exchange(limits: limits)
        exchange.responder.answerLength = 400
        exchange.deliver(String(repeating: get, count: 5).utf8)
        #expect(exchange.answers.count == count)
    }

    @Test func theUsualLimitOfAnswersIs64KiB() {
        var exchange = Exchange()
        exchange.responder.answerLength = 32 * 1024
        exchange.deliver(String(repeating: get, count: 5).utf8)
        #expect(exchange.answers.count == 2)
    }

    @Test func whatAConnectionHoldsIsCounted() {
        var exchange = Exchange()
        #expect(exchange.state.isNew && exchange.state.heldBytes == 0)
        exchange.responder.answerLength = 10
        exchange.deliver((get + "GET").utf8)
        #expect(!exchange.state.isNew)
        #expect(exchange.state.heldBytes == 13)
        exchange.takeAll()
        #expect(exchange.state.heldBytes == 3)
    }
}
