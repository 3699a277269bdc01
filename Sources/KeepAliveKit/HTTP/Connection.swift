import KeepAlivePlatform

/// One connection of the event loop: a socket, and the state machine that drives it.
final class Connection {
    let socket: FileDescriptor
    var state: ConnectionState
    /// The last turn of the loop in which it was due.
    var turn: UInt64 = 0
    /// The directions that the loop polls for it; nil before the first poll.
    var watched: Directions?
    /// What it is ready for, until its share of the turn.
    var event: ReadyEvent?
    /// What the table has counted of it.
    var held = 0

    init(socket: consuming FileDescriptor, state: ConnectionState) {
        self.socket = socket
        self.state = state
    }

    /// The directions it needs next.
    var wanted: Directions { [state.wantsToRead ? .read : [], state.wantsToWrite ? .write : []] }

    var isClosed: Bool { state.phase == .closed }

    /// Reads once, and answers the complete requests.
    ///
    /// - Parameter scratch: a buffer with capacity for the answers, so that an idle connection holds no memory.
    func readable(
        into buffer: inout [UInt8], scratch: inout [UInt8], at now: MonotonicTime,
        responder: inout some HTTPResponder
    ) {
        let count: Int
        do {
            count = try Socket.receive(into: &buffer, from: socket.raw)
        } catch {
            if !error.isWouldBlock { state.abandon() }
            return
        }
        guard count > 0 else {
            state.endOfInput()
            return
        }
        if state.output.isEmpty { swap(&state.output, &scratch) }
        state.received(buffer.span.extracting(first: count), at: now, responder: &responder)
        flush(at: now)
        if state.output.isEmpty { swap(&state.output, &scratch) }
    }

    /// Answers the requests that an earlier turn left.
    func resume(scratch: inout [UInt8], at now: MonotonicTime, responder: inout some HTTPResponder) {
        if state.output.isEmpty { swap(&state.output, &scratch) }
        state.resume(at: now, responder: &responder)
        flush(at: now)
        if state.output.isEmpty { swap(&state.output, &scratch) }
    }

    /// Sends the deferred answer; the next turn serves the requests behind it.
    func answered(_ request: UInt64, with bytes: [UInt8], at now: MonotonicTime) {
        state.answered(request, with: bytes, at: now)
        flush(at: now)
        // An idle connection holds no memory.
        if state.output.isEmpty { state.output = [] }
    }

    /// Sends the next part of the streamed answer.
    func streamed(_ request: UInt64, part: [UInt8], at now: MonotonicTime) {
        let isTakingBefore = !state.output.isEmpty
        state.streamed(request, part: part, at: now)
        // Otherwise the loop reports when the peer takes more.
        if !isTakingBefore { flush(at: now) }
        if state.output.isEmpty { state.output = [] }
    }

    /// Sends the waiting bytes, until all are sent or the peer takes no more.
    func flush(at now: MonotonicTime) {
        while !state.output.isEmpty, !isClosed {
            do throws(Errno) {
                let count = try sendOutput()
                guard count == state.output.count else { return state.sent(count, at: now) }
                state.sentAll(at: now)
                if state.phase == .lingering { Socket.shutdownWrite(socket.raw) }
            } catch {
                if error.isWouldBlock { state.sent(0, at: now) } else { state.abandon() }
                return
            }
        }
    }

    /// Sends once; returns the number of bytes taken.
    private func sendOutput() throws(Errno) -> Int {
        // A constant: with -Ounchecked the compiler takes no span of a property of this class. The bytes are not copied.
        let output = state.output
        return try Socket.send(output.span, to: socket.raw)
    }
}

extension ConnectionState {
    /// Whether the peer has waited for a deferred answer for less than three seconds: it comes soon. Newcomers beyond
    /// the limit are still taken and served, one every 10 ms.
    func waitsBriefly(at now: MonotonicTime) -> Bool { isAwaiting && now.since(lastActivity) < .seconds(3) }
}
