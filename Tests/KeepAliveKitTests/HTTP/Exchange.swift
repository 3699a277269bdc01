import KeepAlivePlatform

@testable import KeepAliveKit

/// One connection without a socket: takes bytes and records the server's reactions.
struct Exchange {
    /// The outcome of one request.
    enum Answer: Equatable, CustomStringConvertible {
        case served(HTTPRequest.Method, path: String, body: Int)
        case rejected(HTTPStatus)
        case deferred(path: String)
        case streamed(path: String)

        var description: String {
            switch self {
            case .served(let method, let path, let body): "\(method) \(path) +\(body)"
            case .rejected(let status): "\(status.rawValue)"
            case .deferred(let path): "\(path) later"
            case .streamed(let path): "\(path) in parts"
            }
        }
    }

    /// Records requests; each answer is one byte, or as many as requested. Answers to `/later` are deferred for at most
    /// 30 s; answers to `/parts` begin with one byte. `/long` takes bodies of any length.
    struct Responder: HTTPResponder {
        var answers: [Answer] = []
        var answerLength = 1
        /// The places of the deferred answers.
        var places: [AnswerPlace] = []

        mutating func beginTurn() {}

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            let path = String(decoding: [UInt8](bytes, request.path), as: UTF8.self)
            if path.hasPrefix("/later") {
                answers.append(.deferred(path: path))
                places.append(peer.place)
                return .deferred(within: .seconds(30))
            }
            if path.hasPrefix("/parts") {
                answers.append(.streamed(path: path))
                places.append(peer.place)
                output.append(UInt8(ascii: "<"))
                return .streamed
            }
            answers.append(.served(request.method, path: path, body: request.contentLength ?? 0))
            output.append(contentsOf: repeatElement(UInt8(ascii: "+"), count: answerLength))
            return .given
        }

        func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool {
            String(decoding: [UInt8](bytes, request.path), as: UTF8.self).hasPrefix("/long")
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {
            answers.append(.rejected(status))
            output.append(UInt8(ascii: "-"))
        }
    }

    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var responder = Responder()
    var state: ConnectionState
    /// All sent bytes.
    var sent: [UInt8] = []

    init(limits: ConnectionLimits = .init()) {
        state = ConnectionState(at: now, peer: HTTPPeer(isLoopback: true), limits: limits)
    }

    var answers: [Answer] { responder.answers }

    /// Delivers bytes; the peer reads every answer at once.
    mutating func receive(_ bytes: some Sequence<UInt8>) {
        deliver(bytes)
        takeAll()
    }

    mutating func receive(_ text: String) {
        receive(text.utf8)
    }

    /// Delivers bytes; the peer reads nothing.
    mutating func deliver(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        state.received(bytes.span, at: now, responder: &responder)
    }

    /// Completes the deferred answer number `index`; the peer reads it.
    mutating func answer(_ index: Int, _ text: String) {
        state.answered(responder.places[index].request, with: Array(text.utf8), at: now)
        takeAll()
    }

    /// Sends the next part of the streamed answer number `index`; the peer reads nothing.
    mutating func stream(_ index: Int, _ text: String) {
        state.streamed(responder.places[index].request, part: Array(text.utf8), at: now)
    }

    /// The peer reads everything that is waiting.
    mutating func takeAll() {
        while state.wantsToWrite || state.hasBacklog {
            if state.wantsToWrite {
                sent += state.output
                state.sentAll(at: now)
            }
            state.resume(at: now, responder: &responder)
        }
    }

    mutating func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
    }

    /// Advances the time to the next deadline.
    mutating func expire() {
        now = state.deadline
        state.timedOut(at: now, responder: &responder)
        takeAll()
    }

    /// The outcome for bytes that arrive in these pieces.
    static func outcome(of bytes: [UInt8], cutAt cuts: some Sequence<Int> = []) -> Outcome {
        var exchange = Exchange()
        var start = 0
        for cut in cuts {
            exchange.receive(bytes[start..<cut])
            start = cut
        }
        exchange.receive(bytes[start...])
        return Outcome(answers: exchange.answers, phase: exchange.state.phase)
    }

    struct Outcome: Equatable {
        var answers: [Answer]
        var phase: ConnectionState.Phase
    }
}
