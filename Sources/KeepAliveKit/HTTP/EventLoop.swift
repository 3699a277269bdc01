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
    let listeners: [PortFallback.Listeners.Socket]
    let limits: ConnectionLimits
    let capacity: ServerCapacity
    var responder: Responder
    /// By id, which is the token in the set. The mailbox has 0, the listeners have the next ids.
    var connections: ConnectionTable
    var lastID: UInt64
    private var timers: [Mailbox.Timer: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
    var ready: ReadySet
    var spare: SpareDescriptor
    private var mayRefill = false
    var listenersRestUntil: MonotonicTime?
    /// How many connections left no descriptor for others: no further one is accepted until one of them has gone.
    var fullAt: Int?
    private var turn: UInt64 = 0
    /// Connections that the last turn had no time for, or left requests of.
    private var again: [Connection] = []
    /// The connections of this turn: those without an answer yet, and the others.
    private var queues: (fresh: [Connection], others: [Connection]) = ([], [])
    /// No connection's deadline is earlier.
    private var earliest: MonotonicTime?
    /// Not before this are the deadlines looked at again: a look costs about a microsecond for each connection.
    private var mayExpire: MonotonicTime
    /// How long one turn may serve connections, and accept new ones at its end.
    static var share: Duration { .milliseconds(50) }
    private var onStopped: (@Sendable () -> Void)?
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    var scratch: [UInt8] = []

    /// - Throws: `Errno` when the system has no descriptor or memory for polling.
    init(
        mailbox: Mailbox, listeners: [PortFallback.Listeners.Socket], responder: Responder,
        limits: ConnectionLimits, capacity: ServerCapacity
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
        self.capacity = capacity
        connections = ConnectionTable(newcomers: capacity.newcomers)
        mayExpire = .now()
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
        var next = earliest.map { max($0, mayExpire) }
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
        while connections.heldBytes > capacity.heldBytes, let holder = connections.longestHolding() { drop(holder) }
        refill()
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
    mutating func settle(_ connection: Connection) {
        if connection.isClosed { return drop(connection) }
        connections.count(connection)
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
        if let earliest, max(earliest, mayExpire) <= now {
            self.earliest = nil
            mayExpire = now.advanced(by: .microseconds(connections.count * 10))
            for connection in connections.all {
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

    mutating func drop(_ connection: Connection) {
        guard connections.remove(connection) else { return }
        if connection.watched != nil { ready.remove(connection.socket.raw) }
        if let stream = connection.state.stream { responder.streamEnded(stream) }
        // Its descriptor is free once no reference is left.
        again.removeAll { $0 === connection }
        mayRefill = true
    }

    mutating func refill() {
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
}
