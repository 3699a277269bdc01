/// Serves one client of `FakeTelegram` on the connection's thread.
struct TelegramConnection {
    let core: TelegramCore
    let connection: LoopbackServer.Connection
    private var reader = MessageReader()

    private var socket: StreamSocket { connection.socket }

    init(core: TelegramCore, connection: LoopbackServer.Connection) {
        self.core = core
        self.connection = connection
    }

    /// Answers requests until either side ends. A client may leave at any point, which is no error.
    mutating func run() {
        do {
            while let request = try BotRequest(reading: &reader, from: socket) {
                guard try serve(request), !request.wantsClose else { return }
            }
        } catch is MessageReader.Failure {
            try? send(.failure(400, "Bad Request"), closing: true)
        } catch {}
    }

    /// Answers one request; false if the connection must end.
    private func serve(_ request: BotRequest) throws -> Bool {
        let closing = request.wantsClose
        func refuse(_ code: Int, _ description: String) throws -> Bool {
            try send(.failure(code, description), closing: closing)
            return true
        }
        guard ["GET", "POST"].contains(request.httpMethod) else { return try refuse(405, "Method Not Allowed") }
        guard let (token, method) = request.address else { return try refuse(404, "Not Found") }
        guard token == core.token else { return try refuse(401, "Unauthorized") }
        guard let parameters = request.parameters else {
            return try refuse(400, "Bad Request: can't parse JSON object")
        }
        let fault = core.admit(method, parameters, connection)
        if case .hang = fault, !core.waitForRelease(connection) { return false }
        let answer: BotAnswer
        switch fault {
        case nil, .hang:
            guard let carriedOut = core.answer(method, parameters, connection, mayWait: true) else { return false }
            answer = carriedOut
        case let fault?:
            guard fault.takesEffect else { return try instead(fault, closing: closing) }
            guard let carriedOut = core.answer(method, parameters, connection, mayWait: false) else { return false }
            return try spoil(carriedOut, fault, closing: closing)
        }
        try send(answer, closing: closing)
        return true
    }

    /// Applies a fault instead of the call.
    private func instead(_ fault: Fault, closing: Bool) throws -> Bool {
        switch fault {
        case .status(let code, let description, let parameters):
            let description = description ?? BotAnswer.usualDescription(code, parameters: parameters)
            try send(.failure(code, description, parameters), closing: closing)
        case .page(let status, let contentType, let body):
            try socket.send(message(status, body, contentType: contentType, closing: closing))
        case .rawBody(let body):
            try socket.send(message(200, body, closing: closing))
        case .result(let value):
            try send(.result(value), closing: closing)
        default:
            return false
        }
        return true
    }

    /// Sends an answer with a fault.
    private func spoil(_ answer: BotAnswer, _ fault: Fault, closing: Bool) throws -> Bool {
        let body = answer.body
        let whole = message(answer.status, body, closing: closing)
        switch fault {
        case .truncatedJSON:
            try socket.send(message(answer.status, Array(body.dropLast(max(1, body.count / 2))), closing: closing))
        case .malformedJSON:
            try socket.send(message(answer.status, [UInt8](#"{"ok":true,"result":}}"#.utf8), closing: closing))
        case .drip(let interval):
            return try drip(whole, interval)
        case .dripOver(let total):
            return try drip(whole, total / whole.count)
        default:
            try socket.send(whole.dropLast(max(1, body.count / 2)))
            socket.reset()
            return false
        }
        return true
    }

    private func drip(_ bytes: [UInt8], _ interval: Duration) throws -> Bool {
        var due = ContinuousClock.now
        for byte in bytes {
            try socket.send([byte])
            due += interval
            var reason = Waker.Reason.woken
            while reason == .woken {
                reason = connection.waker.wait(watching: socket.descriptor, until: due)
            }
            if reason == .peerGone { return false }
        }
        return true
    }

    private func send(_ answer: BotAnswer, closing: Bool) throws {
        try socket.send(message(answer.status, answer.body, closing: closing))
    }

    private func message(
        _ status: Int, _ body: [UInt8], contentType: String = "application/json", closing: Bool
    ) -> [UInt8] {
        let head = [
            "HTTP/1.1 \(status) \(BotAnswer.reason(status))", "Server: nginx", "Content-Type: \(contentType)",
            "Content-Length: \(body.count)", "Connection: \(closing ? "close" : "keep-alive")",
        ]
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}
