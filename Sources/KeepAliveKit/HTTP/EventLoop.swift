import KeepAlivePlatform

/// The server's event loop: one thread, one poll(2), no locks held and no Swift concurrency.
///
/// It owns the listening sockets, the connections and a few timers. Full, or when few descriptors are left, it drops the
/// connection that has been idle longest; it keeps one descriptor in reserve for the time when there is none to drop.
///
/// Fair: a turn has its time, each connection answers a bounded number of requests in it, those that have had no answer
/// yet come first, and those that found no time come first in the next turn.
struct EventLoop<Responder: HTTPResponder>: ~Copyable {
    private let mailbox: Mailbox
    private let listeners: [PortFallback.Listeners.Socket]
    private let limits: ConnectionState.Limits
    private var responder: Responder
    private var connections: [Connection] = []
    private var accepted: UInt64 = 0
    private var timers: [Mailbox.Timer: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
    private var poller = Poller()
    private var spare: SpareDescriptor
    private var listenersRestUntil: MonotonicTime?
    private var turn: UInt64 = 0
    /// Which connection is the first of the next turn.
    private var first = 0
    /// How long the connections of one turn, and the new ones at its end, keep everybody else waiting.
    private static var share: Duration { .milliseconds(50) }
    private var onStopped: (@Sendable () -> Void)?
    private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    private var scratch: [UInt8] = []

    init(
        mailbox: Mailbox, listeners: [PortFallback.Listeners.Socket], responder: Responder,
        spare: consuming SpareDescriptor, limits: ConnectionState.Limits
    ) {
        self.spare = spare
        self.mailbox = mailbox
        self.listeners = listeners
        self.responder = responder
        self.limits = limits
        scratch.reserveCapacity(2048)
    }

    /// Serves until it is told to stop, and closes the sockets; returns what to call then.
    consuming func run() -> (@Sendable () -> Void)? {
        while onStopped == nil {
            let now = MonotonicTime.now()
            expire(at: now)
            watch(at: now)
            do {
                try poller.wait(until: nextDeadline(at: now))
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
    private mutating func watch(at now: MonotonicTime) {
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

    private func nextDeadline(at now: MonotonicTime) -> MonotonicTime? {
        if connections.contains(where: { $0.state.hasBacklog }) { return now }
        var next = listenersRestUntil
        for connection in connections where next.map({ connection.state.deadline < $0 }) ?? true {
            next = connection.state.deadline
        }
        for timer in timers.values where next.map({ timer.at < $0 }) ?? true { next = timer.at }
        return next
    }

    private mutating func serve() {
        let now = MonotonicTime.now()
        responder.beginTurn()
        serveConnections(at: now)
        for index in listeners.indices where poller.isReadable(1 + index) { accept(from: listeners[index], at: now) }
        if poller.isReadable(0) { readMailbox() }
    }

    private mutating func serveConnections(at now: MonotonicTime) {
        let end = now.advanced(by: Self.share)
        turn &+= 1
        let count = connections.count
        if first >= count { first = 0 }
        rounds: for isForNewOnes in [true, false] {
            for offset in 0..<count {
                let index = (first + offset) % count
                let connection = connections[index]
                guard connection.turn != turn, !isForNewOnes || connection.state.isNew else { continue }
                connection.turn = turn
                guard serve(connection, entry: 1 + listeners.count + index, at: now) else { continue }
                if MonotonicTime.now() >= end {
                    if !isForNewOnes { first = index + 1 }
                    break rounds
                }
            }
        }
        if connections.contains(where: \.isClosed) { dropClosed() }
    }

    /// Gives one connection its share of the turn; false where there was nothing to do.
    private mutating func serve(_ connection: Connection, entry: Int, at now: MonotonicTime) -> Bool {
        var didSomething = poller.isWritable(entry)
        if didSomething { connection.flush(at: now) }
        if connection.state.hasBacklog {
            connection.resume(scratch: &scratch, at: now, responder: &responder)
            didSomething = true
        } else if poller.isReadable(entry) {
            if connection.state.wantsToRead {
                connection.readable(into: &buffer, scratch: &scratch, at: now, responder: &responder)
            } else if poller.isBroken(entry) {
                connection.state.abandon()
            }
            didSomething = true
        }
        return didSomething
    }

    private mutating func expire(at now: MonotonicTime) {
        var someClosed = false
        for connection in connections where connection.state.deadline <= now {
            connection.state.timedOut(at: now, responder: &responder)
            connection.flush(at: now)
            if connection.isClosed { someClosed = true }
        }
        if someClosed { dropClosed() }
        for (name, timer) in timers where timer.at <= now {
            timers[name] = nil
            timer.action()
        }
    }

    private mutating func dropClosed() {
        for connection in connections where connection.isClosed {
            if let stream = connection.state.stream { responder.streamEnded(stream) }
        }
        connections.removeAll { $0.isClosed }
        spare.refill()
    }

    private mutating func readMailbox() {
        for message in mailbox.drain().messages {
            switch message {
            case .stop(let onStopped): self.onStopped = onStopped
            case .schedule(let name, let time, let action): timers[name] = (time, action)
            case .cancel(let name): timers[name] = nil
            case .answer(let place, let bytes): answer(place, with: bytes)
            case .part(let place, let bytes): stream(bytes, to: place)
            }
        }
    }

    /// The connection may be gone meanwhile: then nobody waits.
    private mutating func answer(_ place: AnswerPlace, with bytes: [UInt8]) {
        guard let connection = connections.first(where: { $0.state.id == place.connection }) else { return }
        connection.answered(place.request, with: bytes, at: .now())
        if connection.isClosed { dropClosed() }
    }

    private mutating func stream(_ part: [UInt8], to place: AnswerPlace) {
        guard let connection = connections.first(where: { $0.state.id == place.connection }) else { return }
        connection.streamed(place.request, part: part, at: .now())
        if connection.isClosed { dropClosed() }
    }

    // MARK: New connections

    private mutating func accept(from listener: PortFallback.Listeners.Socket, at now: MonotonicTime) {
        // A bounded number a turn, so that a flood of connections keeps nobody from being answered.
        let end = MonotonicTime.now().advanced(by: Self.share)
        let limit = DescriptorLimit.current
        let most = HTTPServer.mostConnections(descriptors: limit)
        for turn in 0..<64 {
            if connections.count >= most {
                // Only for somebody who is really there.
                guard turn == 0 || Poller.isReadable(listener.descriptor.raw) else { break }
                dropLongestIdle()
            }
            do {
                let newcomer = try Socket.accept(listener.descriptor.raw)
                if connections.count > 1, DescriptorLimit.isLow(newest: newcomer.socket.raw, limit: limit) {
                    dropLongestIdle()
                }
                take(newcomer, at: now)
            } catch {
                switch Socket.AcceptFailure(error) {
                case .nobody: return finishAccepting()
                case .gone: continue
                case .noDescriptor:
                    // Linux looks for a descriptor before it looks for a connection.
                    guard Poller.isReadable(listener.descriptor.raw) else { return finishAccepting() }
                    if makeRoom() { continue }
                case .shortage: break
                }
                // The bot itself holds every descriptor, or memory is short. Polling a listener that cannot be served would spin.
                listenersRestUntil = now.advanced(by: .milliseconds(100))
                return finishAccepting()
            }
            if MonotonicTime.now() >= end { break }
        }
        finishAccepting()
    }

    private mutating func take(_ newcomer: consuming Socket.Accepted, at now: MonotonicTime) {
        let peer = newcomer.peer
        let ends = peer.isLoopback ? newcomer.ends : nil
        accepted &+= 1
        let connection = Connection(
            socket: newcomer.takeSocket(),
            state: ConnectionState(
                at: now, id: accepted, peerIsLoopback: peer.isLoopback, peerNetwork: peer.network, ends: ends,
                limits: limits))
        connections.append(connection)
        // Its request may have been made later than this turn's answers, by somebody who knows more.
        responder.beginTurn()
        // The request is often there already; answering it now means that no flood can push it out before.
        connection.readable(into: &buffer, scratch: &scratch, at: now, responder: &responder)
    }

    private mutating func finishAccepting() {
        if connections.contains(where: \.isClosed) { dropClosed() }
    }

    /// Gives a descriptor back to the system; false when there is none to give. The spare one goes last: it is for the time
    /// when the program itself holds all others.
    private mutating func makeRoom() -> Bool {
        guard !connections.isEmpty else { return spare.release() }
        dropLongestIdle()
        return true
    }

    /// One that waits for us is not idle; it goes only when all do.
    private mutating func dropLongestIdle() {
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
