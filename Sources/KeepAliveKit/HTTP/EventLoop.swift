import KeepAlivePlatform

/// The server's event loop: one thread, one set of descriptors, no locks held and no Swift concurrency.
///
/// It owns the listening sockets, the connections and a few timers. When it is full or descriptors run low, it drops
/// the connection with the longest idle time. It keeps one descriptor in reserve for when there is none to drop.
///
/// Fair: a turn has a time limit, and answers a bounded number of requests for each connection. Connections without an
/// answer yet come first, and connections that got no time come first in the next turn.
struct EventLoop<Responder: HTTPResponder>: ~Copyable {
    private let mailbox: Mailbox
    private let listeners: [PortFallback.Listeners.Socket]
    private let limits: ConnectionState.Limits
    private var responder: Responder
    /// By id, which is the token in the set. The mailbox has 0, the listeners have the next ids.
    private var connections: [UInt64: Connection] = [:]
    private var lastID: UInt64
    private var timers: [Mailbox.Timer: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
    private var ready: ReadySet
    private var spare: SpareDescriptor
    private var mayRefill = false
    private var listenersRestUntil: MonotonicTime?
    private var turn: UInt64 = 0
    /// Connections that the last turn had no time for, or left requests of.
    private var again: [Connection] = []
    /// The connections of this turn: those without an answer yet, and the others.
    private var queues: (fresh: [Connection], others: [Connection]) = ([], [])
    /// No connection's deadline is earlier.
    private var earliest: MonotonicTime?
    /// How long one turn may serve connections, and accept new ones at its end.
    private static var share: Duration { .milliseconds(50) }
    private var onStopped: (@Sendable () -> Void)?
    private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    private var scratch: [UInt8] = []

    /// - Throws: `Errno` when the system has no descriptor or memory for polling.
    init(
        mailbox: Mailbox, listeners: [PortFallback.Listeners.Socket], responder: Responder,
        limits: ConnectionState.Limits
    ) throws(Errno) {
        var ready = try ReadySet()
        try ready.add(mailbox.readEnd, .read, token: 0)
        for (index, listener) in listeners.enumerated() {
            try ready.add(listener.descriptor.raw, .read, token: UInt64(index + 1))
        }
        self.ready = ready
        self.mailbox = mailbox
        self.listeners = listeners
        self.responder = responder
        self.limits = limits
        lastID = UInt64(listeners.count)
        // Taken before the thread runs: the program may take all others by then.
        spare = SpareDescriptor()
        scratch.reserveCapacity(2048)
    }

    /// Serves until it is stopped, then closes the sockets; returns the closure to call after that.
    consuming func run() -> (@Sendable () -> Void)? {
        while onStopped == nil {
            let now = MonotonicTime.now()
            expire(at: now)
            if let rest = listenersRestUntil, rest <= now { listen(again: true) }
            do {
                try ready.wait(until: again.isEmpty ? nextDeadline : now)
            } catch {
                // ENOMEM or a limit on descriptors: the cause is unknown, so only avoid spinning.
                OSThread.rest(milliseconds: 50)
                continue
            }
            serve()
        }
        return onStopped
    }

    // MARK: One turn

    private var nextDeadline: MonotonicTime? {
        var next = earliest
        if let rest = listenersRestUntil { next = min(next ?? rest, rest) }
        for timer in timers.values { next = min(next ?? timer.at, timer.at) }
        return next
    }

    private mutating func serve() {
        let now = MonotonicTime.now()
        responder.beginTurn()
        turn &+= 1
        if !again.isEmpty {
            let waiting = again
            again = []
            for connection in waiting { queue(connection) }
        }
        var hasMail = false
        var callers: [PortFallback.Listeners.Socket] = []
        for event in ready.events {
            if let connection = connections[event.token] {
                connection.event = event
                queue(connection)
            } else if event.token == 0 {
                hasMail = true
            } else if let index = Int(exactly: event.token - 1), listeners.indices.contains(index) {
                callers.append(listeners[index])
            }
        }
        serveQueues(at: now)
        for listener in callers where listenersRestUntil == nil { accept(from: listener, at: now) }
        if hasMail { readMailbox() }
    }

    private mutating func queue(_ connection: Connection) {
        guard connection.turn != turn, !connection.isClosed else { return }
        connection.turn = turn
        if connection.state.isNew { queues.fresh.append(connection) } else { queues.others.append(connection) }
    }

    private mutating func serveQueues(at now: MonotonicTime) {
        let end = now.advanced(by: Self.share)
        var isLate = false
        for index in queues.fresh.indices { serve(queues.fresh[index], at: now, until: end, &isLate) }
        for index in queues.others.indices { serve(queues.others[index], at: now, until: end, &isLate) }
        queues.fresh.removeAll(keepingCapacity: true)
        queues.others.removeAll(keepingCapacity: true)
        refill()
    }

    /// Gives a connection its share of this turn, or of the next turn when the time is over.
    private mutating func serve(
        _ connection: Connection, at now: MonotonicTime, until end: MonotonicTime, _ isLate: inout Bool
    ) {
        guard !isLate else { return again.append(connection) }
        defer { isLate = MonotonicTime.now() >= end }
        let event = connection.event
        connection.event = nil
        if event?.isWritable == true { connection.flush(at: now) }
        if connection.state.hasBacklog {
            connection.resume(scratch: &scratch, at: now, responder: &responder)
        } else if event?.isReadable == true {
            if connection.state.wantsToRead {
                connection.readable(into: &buffer, scratch: &scratch, at: now, responder: &responder)
            } else if event?.isBroken == true {
                connection.state.abandon()
            }
        }
        settle(connection)
    }

    /// Drops the connection, or polls for what it wants now.
    private mutating func settle(_ connection: Connection) {
        if connection.isClosed { return drop(connection) }
        if connection.state.hasBacklog { again.append(connection) }
        let deadline = connection.state.deadline
        earliest = min(earliest ?? deadline, deadline)
        let wanted = connection.wanted
        guard connection.watched != wanted else { return }
        do throws(Errno) {
            if connection.watched == nil {
                try ready.add(connection.socket.raw, wanted, token: connection.state.id)
            } else {
                try ready.change(connection.socket.raw, wanted, token: connection.state.id)
            }
            connection.watched = wanted
        } catch {
            // No memory for it: the client may try again later.
            connection.state.abandon()
            drop(connection)
        }
    }

    private mutating func expire(at now: MonotonicTime) {
        if let earliest, earliest <= now {
            self.earliest = nil
            for connection in connections.values {
                if connection.state.deadline <= now {
                    connection.state.timedOut(at: now, responder: &responder)
                    connection.flush(at: now)
                }
                settle(connection)
            }
            refill()
        }
        for (name, timer) in timers where timer.at <= now {
            timers[name] = nil
            timer.action()
        }
    }

    private mutating func drop(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.state.id) != nil else { return }
        if connection.watched != nil { ready.remove(connection.socket.raw) }
        if let stream = connection.state.stream { responder.streamEnded(stream) }
        // Its descriptor is free once no reference is left.
        again.removeAll { $0 === connection }
        mayRefill = true
    }

    private mutating func refill() {
        if mayRefill { spare.refill() }
        mayRefill = false
    }

    private mutating func readMailbox() {
        for message in mailbox.drain().messages {
            switch message {
            case .stop(let onStopped): self.onStopped = onStopped
            case .schedule(let name, let time, let action): timers[name] = (time, action)
            case .cancel(let name): timers[name] = nil
            case .answer(let place, let bytes): give(to: place) { $0.answered(place.request, with: bytes, at: .now()) }
            case .part(let place, let bytes): give(to: place) { $0.streamed(place.request, part: bytes, at: .now()) }
            }
        }
        refill()
    }

    /// The connection may be gone by now; then the part is dropped.
    private mutating func give(to place: AnswerPlace, _ part: (Connection) -> Void) {
        guard let connection = connections[place.connection] else { return }
        part(connection)
        settle(connection)
    }

    // MARK: New connections

    private mutating func accept(from listener: PortFallback.Listeners.Socket, at now: MonotonicTime) {
        // A bounded number a turn, so that a flood of connections does not delay the answers.
        let end = MonotonicTime.now().advanced(by: Self.share)
        let limit = DescriptorLimit.current
        let most = HTTPServer.mostConnections(descriptors: limit)
        for _ in 0..<64 {
            do {
                let newcomer = try Socket.accept(listener.descriptor.raw)
                let isLow = DescriptorLimit.isLow(newest: newcomer.socket.raw, limit: limit)
                let id = take(newcomer, at: now)
                // A connection that was answered and has already left takes no place.
                guard connections[id] != nil, connections.count > most || isLow else { continue }
                // Answers are on their way to all; the kernel keeps further peers meanwhile.
                if !isLow, connections.values.allSatisfy({ $0.state.id == id || $0.state.waitsBriefly(at: now) }) {
                    return rest(for: .milliseconds(10), at: now)
                }
                dropLongestIdle(but: id)
            } catch {
                switch Socket.AcceptFailure(error) {
                case .nobody: return refill()
                case .gone: continue
                case .noDescriptor:
                    // Linux looks for a descriptor before it looks for a connection.
                    guard Poller.isReadable(listener.descriptor.raw) else { return refill() }
                    if makeRoom() { continue }
                case .shortage: break
                }
                // The bot holds every descriptor, or memory is short. Polling the listeners would spin.
                return rest(for: .milliseconds(100), at: now)
            }
            if MonotonicTime.now() >= end { break }
        }
        refill()
    }

    private mutating func rest(for time: Duration, at now: MonotonicTime) {
        listenersRestUntil = now.advanced(by: time)
        listen(again: false)
        refill()
    }

    /// Pauses the listeners, or ends their pause.
    private mutating func listen(again: Bool) {
        for (index, listener) in listeners.enumerated() {
            try? ready.change(listener.descriptor.raw, again ? .read : [], token: UInt64(index + 1))
        }
        if again {
            listenersRestUntil = nil
            spare.refill()
        }
    }

    private mutating func take(_ newcomer: consuming Socket.Accepted, at now: MonotonicTime) -> UInt64 {
        let peer = newcomer.peer
        let ends = peer.isLoopback ? newcomer.ends : nil
        lastID &+= 1
        let connection = Connection(
            socket: newcomer.takeSocket(),
            state: ConnectionState(
                at: now, id: lastID, peerIsLoopback: peer.isLoopback, peerNetwork: peer.network, ends: ends,
                limits: limits))
        connections[lastID] = connection
        // Its request may be newer than this turn's cached answers.
        responder.beginTurn()
        // The request has often arrived already; if it is answered now, no flood can push the connection out first.
        connection.readable(into: &buffer, scratch: &scratch, at: now, responder: &responder)
        settle(connection)
        return lastID
    }

    /// Frees a descriptor; false when there is none to free. The spare one goes last: it is for the time when the
    /// program holds all others.
    private mutating func makeRoom() -> Bool {
        guard !connections.isEmpty else { return spare.release() }
        dropLongestIdle()
        return true
    }

    /// A connection that waits for us is not idle; it is dropped only when all connections wait.
    private mutating func dropLongestIdle(but newest: UInt64 = 0) {
        let longest = connections.values.lazy.filter { $0.state.id != newest }.min {
            guard $0.state.isAwaiting == $1.state.isAwaiting else { return $1.state.isAwaiting }
            return ($0.state.lastActivity, $0.state.id) < ($1.state.lastActivity, $1.state.id)
        }
        if let longest { drop(longest) }
    }
}
