import KeepAlivePlatform

/// One connection as a value: bytes go in, answers come out, and deadlines limit the wait. It never sees a socket.
///
/// Bounded: it holds at most one head and body plus the bytes read behind them. Its output is at most `outputBytes` and
/// one more answer. While answers or requests wait, it reads no further. One turn answers a bounded number of requests.
struct ConnectionState {
    enum Phase: Equatable {
        case open
        /// The answer comes in parts; input from the peer is discarded meanwhile.
        case streaming
        /// The last answer is being sent; further input is discarded.
        case closing
        /// Everything is sent and the sending side is shut down; input is discarded until the peer closes. Closing a
        /// socket with unread bytes resets it, and the reset can overtake the answer (RFC 9112, section 9.6).
        case lingering
        case closed
    }

    private(set) var phase = Phase.open
    private(set) var lastActivity: MonotonicTime
    private(set) var deadline: MonotonicTime
    /// Answers that wait to be sent.
    var output: [UInt8] = []
    private let limits: ConnectionLimits
    /// With the place of the last complete request.
    private var peer: HTTPPeer
    private var awaited: Awaited?
    /// The request of the current or last streamed answer.
    private(set) var stream: AnswerPlace?
    private var input: [UInt8] = []
    private var parser = HTTPRequestParser()
    private var pending: HTTPRequest?
    private var isInRequest = true
    /// The end of the kept part of a long body, counted in the bytes given to `serve`; the rest is discarded.
    private var keptEnd: Int?
    /// Whether the input may hold complete requests that did not fit into this turn.
    private var hasMore = false

    /// A request with a deferred answer.
    private struct Awaited {
        let request: UInt64
        let deadline: MonotonicTime
        var keepsAlive: Bool
    }

    init(at now: MonotonicTime, peer: HTTPPeer, limits: ConnectionLimits = ConnectionLimits()) {
        self.peer = peer
        self.limits = limits
        lastActivity = now
        deadline = now.advanced(by: limits.request)
    }

    var id: UInt64 { peer.place.connection }
    /// Not while an answer is awaited: bytes behind its request can wait in the system's buffers. An end of input there
    /// may come from a peer that still listens.
    ///
    /// While it streams, it must read to notice that the peer has gone.
    var wantsToRead: Bool {
        switch phase {
        case .open: output.isEmpty && awaited == nil && !hasMore
        case .streaming, .lingering: true
        case .closing, .closed: false
        }
    }
    var wantsToWrite: Bool { !output.isEmpty }
    /// Whether the peer waits for a deferred answer.
    var isAwaiting: Bool { phase == .open && awaited != nil }
    /// Whether the next turn has to answer requests in the input.
    var hasBacklog: Bool { hasMore && phase == .open && awaited == nil && output.isEmpty }
    /// Bytes of an unfinished request and of unsent answers.
    var heldBytes: Int { input.count + output.count }
    /// Whether nothing was answered yet.
    var isNew: Bool { peer.place.request == 0 }

    /// Answers the requests that an earlier turn left.
    mutating func resume(at now: MonotonicTime, responder: inout some HTTPResponder) {
        if hasBacklog { serveInput(at: now, responder: &responder) }
    }

    /// Handles new bytes.
    mutating func received(_ bytes: Span<UInt8>, at now: MonotonicTime, responder: inout some HTTPResponder) {
        guard phase == .open else { return }
        lastActivity = now
        if input.isEmpty {
            let used = serve(bytes, at: now, responder: &responder)
            for index in used..<(keptEnd ?? bytes.count) { input.append(bytes[index]) }
        } else {
            for index in discard(bytes.count, at: now)..<bytes.count { input.append(bytes[index]) }
            if pending?.surplus ?? 0 == 0 || keptEnd == nil { serveInput(at: now, responder: &responder) }
        }
    }

    /// Discards received bytes that belong to the unkept part of a body; returns how many.
    private mutating func discard(_ count: Int, at now: MonotonicTime) -> Int {
        guard keptEnd != nil, let surplus = pending?.surplus else { return 0 }
        let discarded = min(surplus, count)
        pending?.surplus = surplus - discarded
        // A long body may take its time, as long as bytes arrive.
        deadline = now.advanced(by: limits.request)
        return discarded
    }

    /// Everything in `output` was sent.
    mutating func sentAll(at now: MonotonicTime) {
        if output.capacity > limits.outputBytes { output = [] } else { output.removeAll(keepingCapacity: true) }
        lastActivity = now
        switch phase {
        case .open:
            if let awaited {
                if output.isEmpty { deadline = awaited.deadline }
            } else if output.isEmpty, !isInRequest {
                deadline = now.advanced(by: limits.idle)
            }
        case .streaming:
            // After so long a silence no more parts will come.
            deadline = now.advanced(by: limits.idle)
        case .closing:
            phase = .lingering
            deadline = now.advanced(by: limits.linger)
        case .lingering, .closed:
            break
        }
    }

    /// The first `count` bytes of `output` were sent; the peer takes no more now.
    mutating func sent(_ count: Int, at now: MonotonicTime) {
        output.removeFirst(min(max(0, count), output.count))
        if count > 0 { lastActivity = now }
        deadline = now.advanced(by: limits.write)
    }

    /// Takes the deferred answer. A second answer, or a late one, is dropped.
    ///
    /// - Parameter bytes: head and body; no bytes at all close the connection.
    mutating func answered(_ request: UInt64, with bytes: [UInt8], at now: MonotonicTime) {
        guard phase == .open, let awaited, awaited.request == request else { return }
        self.awaited = nil
        lastActivity = now
        deadline = now.advanced(by: limits.write)
        if output.isEmpty { output = bytes } else { output.append(contentsOf: bytes) }
        if bytes.isEmpty {
            abandon()
        } else if !awaited.keepsAlive {
            close(at: now)
        }
    }

    /// Takes a part of the streamed answer; an empty part ends it. A peer that does not take its data is dropped.
    mutating func streamed(_ request: UInt64, part: [UInt8], at now: MonotonicTime) {
        guard phase == .streaming, stream?.request == request else { return }
        if part.isEmpty {
            if output.isEmpty { phase = .closed } else { close(at: now) }
        } else if output.isEmpty {
            output = part
            deadline = now.advanced(by: limits.write)
        } else if output.count + part.count <= limits.streamBytes {
            output.append(contentsOf: part)
        } else {
            abandon()
        }
    }

    /// The peer will send nothing more.
    mutating func endOfInput() {
        guard !isAwaiting else {
            awaited?.keepsAlive = false
            return
        }
        phase = output.isEmpty ? .closed : .closing
    }

    /// The socket is broken; nothing more can be sent.
    mutating func abandon() {
        phase = .closed
        output = []
    }

    /// The deadline has passed.
    mutating func timedOut(at now: MonotonicTime, responder: inout some HTTPResponder) {
        if isAwaiting, output.isEmpty {
            awaited = nil
            responder.reject(.unavailable, "the answer took too long", output: &output)
            close(at: now)
            return
        }
        guard phase == .open, output.isEmpty, isInRequest else {
            phase = .closed
            return
        }
        let what = pending == nil ? "no complete request head" : "no complete request body"
        responder.reject(.requestTimeout, "\(what) within \(limits.request.inWords)", output: &output)
        close(at: now)
    }

    // MARK: Requests

    private mutating func serveInput(at now: MonotonicTime, responder: inout some HTTPResponder) {
        var waiting: [UInt8] = []
        swap(&waiting, &input)
        let used = serve(waiting.span, at: now, responder: &responder)
        if let keptEnd { waiting.removeLast(waiting.count - keptEnd) }
        if used < waiting.count {
            waiting.removeFirst(used)
            input = waiting
        }
    }

    /// Answers the complete requests at the front of the bytes; returns how many bytes it consumed.
    private mutating func serve(
        _ bytes: Span<UInt8>, at now: MonotonicTime, responder: inout some HTTPResponder
    ) -> Int {
        var used = 0
        var answered = 0
        hasMore = false
        keptEnd = nil
        while phase == .open, awaited == nil, used < bytes.count {
            guard output.count < limits.outputBytes, answered < limits.requestsPerTurn else {
                hasMore = true
                return used
            }
            let rest = bytes.extracting(used..<bytes.count)
            if !isInRequest {
                isInRequest = true
                deadline = now.advanced(by: limits.request)
            }
            if pending == nil {
                switch parser.parse(rest) {
                case .incomplete:
                    return used
                case .rejected(let status, let reason):
                    responder.reject(status, reason, output: &output)
                    close(at: now)
                    return bytes.count
                case .head(let head):
                    guard head.surplus == 0 || responder.takesLongBody(of: head, bytes: rest) else {
                        let refusal = HTTPRequestParser.bodyTooLarge
                        responder.reject(refusal.status, refusal.reason, output: &output)
                        close(at: now)
                        return bytes.count
                    }
                    pending = head
                    if rest.count < head.length {
                        deadline = now.advanced(by: limits.request)
                        if head.expectsContinue, head.minorVersion > 0 {
                            output.append("HTTP/1.1 100 Continue\r\n\r\n")
                        }
                    }
                }
            }
            guard let request = pending, rest.count >= request.length else { return used }
            let surplus = rest.count - request.length
            guard surplus >= request.surplus else {
                pending?.surplus = request.surplus - surplus
                keptEnd = used + request.length
                deadline = now.advanced(by: limits.request)
                return used
            }
            peer.place.request &+= 1
            let reply = responder.respond(
                to: request, bytes: rest.extracting(0..<request.length), from: peer, output: &output)
            used += request.length + request.surplus
            answered += 1
            parser = HTTPRequestParser()
            pending = nil
            isInRequest = false
            if case .deferred(let patience) = reply {
                deadline = now.advanced(by: patience)
                awaited = Awaited(request: peer.place.request, deadline: deadline, keepsAlive: request.keepsAlive)
                hasMore = used < bytes.count
                return used
            }
            if reply == .streamed {
                phase = .streaming
                stream = peer.place
                input = []
                return bytes.count
            }
            if !request.keepsAlive {
                close(at: now)
                return bytes.count
            }
        }
        return used
    }

    private mutating func close(at now: MonotonicTime) {
        phase = .closing
        awaited = nil
        deadline = now.advanced(by: limits.write)
        input = []
    }
}
