import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// A custom responder on the kit's server, through real sockets.
@Suite(.timeLimit(.minutes(1)))
struct HTTPServerTests {
    /// Answers `/now` with its body, and records the places of all other answers.
    private struct Responder: HTTPResponder, Sendable {
        let waiting: EventLog<Waiting>
        var patience = Duration.seconds(60)

        mutating func beginTurn() {}

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            let path = String(decoding: [UInt8](bytes, request.path), as: UTF8.self)
            let form = HTTPResponse(to: request)
            guard path == "/now" else {
                waiting.append(Waiting(path: path, place: peer.place, form: form))
                return .deferred(within: patience)
            }
            output += Waiting(path: path, place: peer.place, form: form).answer([UInt8](bytes, request.body))
            return .given
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {
            var stamp = Timestamper()
            HTTPResponse(status: status, keepsAlive: false)
                .append(body: Array(reason.utf8), at: .now(), stamp: &stamp, to: &output)
        }
    }

    private struct Waiting: Sendable {
        let path: String
        let place: AnswerPlace
        let form: HTTPResponse

        func answer(_ body: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            var stamp = Timestamper()
            form.append(body: body, at: .now(), stamp: &stamp, to: &bytes)
            return bytes
        }
    }

    private let waiting = EventLog<Waiting>()
    private let server = HTTPServer(
        threadName: "test-http", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0))

    private func start(patience: Duration = .seconds(60)) throws -> UInt16 {
        UInt16(try server.start { _, _ in Responder(waiting: waiting, patience: patience) })
    }

    private func answer(_ request: Waiting, _ text: String) {
        server.mailbox?.post(.answer(request.place, request.answer(Array(text.utf8))))
    }

    @Test func bodiesReachTheResponder() async throws {
        let port = try start()
        let client = try RawClient(port: port)
        try client.request("POST", "/now", body: Array("hello".utf8))
        #expect(try client.readResponse().text == "hello")
        await server.stop()
    }

    @Test func theResponderIsToldThePortAndTheMailbox() async throws {
        let told = EventLog<(Int, Mailbox)>()
        let port = try server.start { port, mailbox in
            told.append((port, mailbox))
            return Responder(waiting: waiting)
        }
        #expect(told.elements.map(\.0) == [port])
        #expect(told.elements.first?.1 === server.mailbox)
        let listener = try #require(OpenListener(port: UInt16(port)))
        await server.stop()
        #expect(server.port == nil)
        #expect(!listener.exists)
    }

    @Test func anAnswerFromAnotherThreadArrivesBeforeWhatIsBehindIt() async throws {
        let port = try start()
        let client = try RawClient(port: port)
        try client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        let request = try await waiting.element(at: 0)
        // Other clients are served meanwhile.
        #expect(try RawClient.get(port: port, path: "/now").status == 200)
        answer(request, "later")
        #expect(try client.readResponse().text == "later")
        #expect(try client.readResponse().text == "")
        await server.stop()
    }

    /// More than the socket accepts at once.
    @Test func aLongAnswerArrivesWhole() async throws {
        let port = try start()
        let client = try RawClient(port: port)
        try client.request("GET", "/later")
        let text = String(repeating: "0123456789abcdef", count: 1 << 18)
        answer(try await waiting.element(at: 0), text)
        #expect(try client.readResponse().text == text)
        await server.stop()
    }

    @Test(arguments: [true, false])
    func aPeerThatIsGoneDisturbsNobody(resets: Bool) async throws {
        let port = try start()
        let gone = try RawClient(port: port)
        try gone.request("GET", "/later")
        let request = try await waiting.element(at: 0)
        if resets { gone.abort() } else { gone.close() }
        #expect(try RawClient.get(port: port, path: "/now").status == 200)
        answer(request, "nobody")
        answer(request, "again")
        #expect(try RawClient.get(port: port, path: "/now").status == 200)
        await server.stop()
    }

    @Test func aPeerThatEndsItsSideStillGetsItsAnswer() async throws {
        let port = try start()
        let client = try RawClient(port: port)
        try client.request("GET", "/later")
        client.shutdownWrite()
        answer(try await waiting.element(at: 0), "later")
        #expect(try client.readResponse().text == "later")
        #expect(try client.readAll().isEmpty)
        await server.stop()
    }

    @Test func anAnswerThatDoesNotComeIs503() async throws {
        let port = try start(patience: .milliseconds(1))
        let client = try RawClient(port: port)
        try client.request("GET", "/later")
        let response = try client.readResponse()
        #expect(response.status == 503)
        #expect(try client.readAll().isEmpty)
        answer(try await waiting.element(at: 0), "late")
        #expect(try RawClient.get(port: port, path: "/now").status == 200)
        await server.stop()
    }

    @Test func anAnswerAfterTheStopIsDropped() async throws {
        let port = try start()
        let client = try RawClient(port: port)
        try client.request("GET", "/later")
        let request = try await waiting.element(at: 0)
        let mailbox = try #require(server.mailbox)
        await server.stop()
        mailbox.post(.answer(request.place, request.answer([])))
        #expect(try client.readAll().isEmpty)
    }

    /// A connection that waits for our answer is not idle. The idle one is closed; if all wait, the longest waiting
    /// one.
    @Test func whoWaitsForAnAnswerIsNotIdle() async throws {
        let port = try start()
        var clients: [RawClient] = []
        for index in 0..<(ServerCapacity().connections - 1) {
            let client = try RawClient(port: port)
            try client.request("GET", "/later/\(index)")
            clients.append(client)
        }
        let requests = try await requests(clients.count)
        let idle = try RawClient(port: port)
        try idle.request("GET", "/now")
        #expect(try idle.readResponse().status == 200)
        #expect(try RawClient.get(port: port, path: "/now").status == 200)
        #expect(try idle.readAll().isEmpty, "the idle one made room")
        for (index, client) in clients.enumerated() {
            answer(try #require(requests["/later/\(index)"]), "\(index)")
            #expect(try client.readResponse().text == "\(index)")
        }
        await server.stop()
    }

    @Test func whereAllWaitTheOldestMakesRoom() async throws {
        let port = try start()
        var clients: [RawClient] = []
        for index in 0..<ServerCapacity().connections {
            // The first is asked again and again whether it is closed.
            let client = try RawClient(port: port, receiveTimeout: index == 0 ? .milliseconds(50) : .seconds(15))
            try client.request("GET", "/later/\(index)")
            // In this order, so that the first is the oldest.
            _ = try await waiting.element(at: index)
            clients.append(client)
        }
        let first = clients[0]
        // After three seconds its answer is not on its way any more.
        _ = try await Polling.until {
            #expect(try RawClient.get(port: port, path: "/now").status == 200)
            return try first.readAll().isEmpty
        } isMet: {
            $0
        }
        let requests = try await requests(clients.count)
        answer(try #require(requests["/later/0"]), "nobody")
        answer(try #require(requests["/later/1"]), "1")
        #expect(try clients[1].readResponse().text == "1")
        await server.stop()
    }

    /// Thousands of jobs may call at the turn of the hour: the kernel keeps those beyond the limit until others have
    /// their answer.
    @Test func whoWaitsBrieflyIsNotDroppedForOthers() async throws {
        let port = try start()
        let count = ServerCapacity().connections + 200
        let clients = try (0..<count).map { index in
            let client = try RawClient(port: port)
            try client.request("GET", "/later/\(index)", headers: ["Connection": "close"])
            return client
        }
        for index in 0..<count {
            let waiting = try await waiting.element(at: index)
            answer(waiting, waiting.path)
        }
        for (index, client) in clients.enumerated() { #expect(try client.readResponse().text == "/later/\(index)") }
        await server.stop()
    }

    /// The first requests by path, as many as given.
    private func requests(_ count: Int) async throws -> [String: Waiting] {
        _ = try await waiting.element(at: count - 1)
        return Dictionary(waiting.elements.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
