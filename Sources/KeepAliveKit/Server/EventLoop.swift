/// The server's event loop: one thread, one poll(2), no locks held and no Swift concurrency.
///
/// It owns the listening sockets, the connections and a few timers. Full, it drops the connection that has been idle
/// longest; out of descriptors, it does the same, and keeps one in reserve for the time when there is none to drop.
final class EventLoop<Responder: HTTPResponder> {
    private let mailbox: Mailbox
    private let listeners: [PortFallback.Listeners.Socket]
    private let limits: ConnectionState.Limits
    private let onSignal: (Int32) -> Void
    @exclusivity(unchecked) private var responder: Responder
    @exclusivity(unchecked) private var connections: [Connection] = []
    private var accepted: UInt64 = 0
    private var timers: [Mailbox.Timer: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
    @exclusivity(unchecked) private var poller = Poller()
    private var spare: SpareDescriptor
    private var listenersRestUntil: MonotonicTime?
    private var onStopped: (@Sendable () -> Void)?
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 16 * 1024)
    @exclusivity(unchecked) private var scratch: [UInt8] = []

    init(
        mailbox: Mailbox, listeners: [PortFallback.Listeners.Socket], responder: Responder,
        spare: consuming SpareDescriptor, limits: ConnectionState.Limits, onSignal: @escaping (Int32) -> Void
    ) {
        self.spare = spare
        self.mailbox = mailbox
        self.listeners = listeners
        self.responder = responder
        self.limits = limits
        self.onSignal = onSignal
        buffer.initialize(repeating: 0)
        scratch.reserveCapacity(2048)
    }

    deinit {
        buffer.deallocate()
    }

    /// Serves until it is told to stop; returns what to call once the sockets are closed.
    func run() -> (@Sendable () -> Void)? {
        while onStopped == nil {
            let now = MonotonicTime.now()
            expire(at: now)
            watch(at: now)
            do {
                try poller.wait(until: nextDeadline())
            } catch {
                // ENOMEM or a limit on descriptors: nothing to be told apart, so nothing to do but not to spin.
                OSThread.rest(milliseconds: 50)
                continue
            }
            serve()
        }
        return onStopped
    }

    // MARK: One turn

    /// The mailbox first, then the listeners, then the connections: `serve` counts on that order.
    private func watch(at now: MonotonicTime) {
        if let rest = listenersRestUntil, rest <= now {
            listenersRestUntil = nil
            spare.refill()
        }
        poller.removeAll()
        poller.add(mailbox.readEnd, read: true, write: false)
        for listener in listeners {
            poller.add(listener.descriptor.raw, read: listenersRestUntil == nil, write: false)
        }
        for connection in connections {
            poller.add(
                connection.socket.raw, read: connection.state.wantsToRead, write: connection.state.wantsToWrite)
        }
    }

    private func nextDeadline() -> MonotonicTime? {
        var next = listenersRestUntil
        for connection in connections where next.map({ connection.state.deadline < $0 }) ?? true {
            next = connection.state.deadline
        }
        for timer in timers.values where next.map({ timer.at < $0 }) ?? true { next = timer.at }
        return next
    }

    private func serve() {
        let now = MonotonicTime.now()
        responder.beginTurn()
        let first = 1 + listeners.count
        var someClosed = false
        for (index, connection) in connections.enumerated() {
            let entry = first + index
            if poller.isWritable(entry) { connection.flush(at: now, responder: &responder) }
            if poller.isReadable(entry) {
                if connection.state.wantsToRead {
                    connection.readable(into: buffer, scratch: &scratch, at: now, responder: &responder)
                } else if poller.isBroken(entry) {
                    connection.state.abandon()
                }
            }
            if connection.isClosed { someClosed = true }
        }
        if someClosed { dropClosed() }
        for index in listeners.indices where poller.isReadable(1 + index) { accept(from: listeners[index], at: now) }
        if poller.isReadable(0) { readMailbox() }
    }

    private func expire(at now: MonotonicTime) {
        var someClosed = false
        for connection in connections where connection.state.deadline <= now {
            connection.state.timedOut(at: now, responder: &responder)
            connection.flush(at: now, responder: &responder)
            if connection.isClosed { someClosed = true }
        }
        if someClosed { dropClosed() }
        for (name, timer) in timers where timer.at <= now {
            timers[name] = nil
            timer.action()
        }
    }

    private func dropClosed() {
        for connection in connections where connection.isClosed {
            if let stream = connection.state.stream { responder.streamEnded(stream) }
        }
        connections.removeAll { $0.isClosed }
        spare.refill()
    }

    private func readMailbox() {
        let (messages, signals) = mailbox.drain()
        for message in messages {
            switch message {
            case .stop(let onStopped): self.onStopped = onStopped
            case .schedule(let name, let time, let action): timers[name] = (time, action)
            case .answer(let place, let bytes): answer(place, with: bytes)
            case .part(let place, let bytes): stream(bytes, to: place)
            }
        }
        for signal in signals { onSignal(signal) }
    }

    /// The connection may be gone meanwhile: then nobody waits.
    private func answer(_ place: AnswerPlace, with bytes: [UInt8]) {
        guard let connection = connections.first(where: { $0.state.id == place.connection }) else { return }
        connection.answered(place.request, with: bytes, at: .now(), responder: &responder)
        if connection.isClosed { dropClosed() }
    }

    private func stream(_ part: [UInt8], to place: AnswerPlace) {
        guard let connection = connections.first(where: { $0.state.id == place.connection }) else { return }
        connection.streamed(place.request, part: part, at: .now(), responder: &responder)
        if connection.isClosed { dropClosed() }
    }

    // MARK: New connections

    private func accept(from listener: PortFallback.Listeners.Socket, at now: MonotonicTime) {
        // A bounded number a turn, so that a flood of connections keeps nobody from being answered.
        for turn in 0..<64 {
            if connections.count >= HTTPServer.mostConnections {
                // Only for somebody who is really there.
                guard turn == 0 || Poller.isReadable(listener.descriptor.raw) else { break }
                dropLongestIdle()
            }
            do {
                let newcomer = try Socket.accept(listener.descriptor.raw)
                let peer = newcomer.peer
                accepted &+= 1
                let connection = Connection(
                    socket: newcomer.takeSocket(),
                    state: ConnectionState(
                        at: now, id: accepted, peerIsLoopback: peer.isLoopback, peerNetwork: peer.network,
                        limits: limits))
                connections.append(connection)
                // Its request may have been made later than this turn's answers, by somebody who knows more.
                responder.beginTurn()
                // The request is often there already; answering it now means that no flood can push it out before.
                connection.readable(into: buffer, scratch: &scratch, at: now, responder: &responder)
            } catch {
                if error.isWouldBlock { break }
                if error.isOutOfDescriptors {
                    // Linux looks for a descriptor before it looks for a connection.
                    guard Poller.isReadable(listener.descriptor.raw) else { break }
                    if makeRoom() { continue }
                    // The bot itself holds every descriptor. Polling a listener that cannot be served would spin.
                    listenersRestUntil = now.advanced(by: .milliseconds(100))
                    break
                }
                // The connection was gone before it was taken (ECONNABORTED and others, accept(2)): on to the next.
            }
        }
        if connections.contains(where: \.isClosed) { dropClosed() }
    }

    /// Gives a descriptor back to the system; false when there is none to give.
    private func makeRoom() -> Bool {
        if spare.release() { return true }
        guard !connections.isEmpty else { return false }
        dropLongestIdle()
        return true
    }

    /// One that waits for us is not idle; it goes only when all do.
    private func dropLongestIdle() {
        guard
            let longest = connections.indices.min(by: {
                let (one, other) = (connections[$0].state, connections[$1].state)
                return one.isAwaiting == other.isAwaiting
                    ? one.lastActivity < other.lastActivity : other.isAwaiting
            })
        else { return }
        let dropped = connections.remove(at: longest)
        if let stream = dropped.state.stream { responder.streamEnded(stream) }
    }
}
