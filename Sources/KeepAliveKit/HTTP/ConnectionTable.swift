import KeepAlivePlatform

/// The open connections of a server by id, what they hold, and which of them makes room.
struct ConnectionTable {
    private var connections: [UInt64: Connection] = [:]
    /// Bytes of unfinished requests and unsent answers.
    private(set) var heldBytes = 0
    private let newcomers: Duration
    /// The longest idle connections when they were last sorted, the longest idle one at the end. Each is still the
    /// longest idle if it has done nothing since: all others were active later.
    private var idle: [(id: UInt64, since: MonotonicTime)] = []

    /// - Parameter newcomers: as in `ServerCapacity`.
    init(newcomers: Duration) {
        self.newcomers = newcomers
    }

    var count: Int { connections.count }
    var all: Dictionary<UInt64, Connection>.Values { connections.values }

    subscript(id: UInt64) -> Connection? { connections[id] }

    mutating func add(_ connection: Connection) {
        connections[connection.state.id] = connection
    }

    /// False if it was not there.
    mutating func remove(_ connection: Connection) -> Bool {
        guard connections.removeValue(forKey: connection.state.id) != nil else { return false }
        heldBytes -= connection.held
        return true
    }

    /// Counts what the connection holds now.
    mutating func count(_ connection: Connection) {
        let held = connection.state.heldBytes
        heldBytes += held - connection.held
        connection.held = held
    }

    /// Whether all of them, but for one, wait for an answer that comes soon, or have just connected.
    func allWaitBriefly(but newest: UInt64 = 0, at now: MonotonicTime) -> Bool {
        connections.values.allSatisfy { $0.state.id == newest || stays($0, at: now) }
    }

    private func stays(_ connection: Connection, at now: MonotonicTime) -> Bool {
        connection.state.waitsBriefly(at: now) || isNewcomer(connection, at: now)
    }

    private func isNewcomer(_ connection: Connection, at now: MonotonicTime) -> Bool {
        newcomers > .zero && connection.state.isNew && now.since(connection.state.lastActivity) < newcomers
    }

    /// The connection with the longest idle time. One that waits for us is not idle, nor is a newcomer; such a
    /// connection is returned only if there is no other.
    mutating func longestIdle(but newest: UInt64, at now: MonotonicTime) -> Connection? {
        if let found = nextIdle(but: newest) { return found }
        // Sorting for each of thousands of peers would take longer than to serve them.
        idle = connections.values.filter { !$0.state.isAwaiting && !isNewcomer($0, at: now) }
            .map { ($0.state.id, $0.state.lastActivity) }
        idle.sort { ($0.since, $0.id) > ($1.since, $1.id) }
        idle.removeFirst(idle.count - idle.count / 16 - min(idle.count, 1))
        if let found = nextIdle(but: newest) { return found }
        return connections.values.lazy.filter { $0.state.id != newest }.min {
            guard $0.state.isAwaiting == $1.state.isAwaiting else { return $1.state.isAwaiting }
            return ($0.state.lastActivity, $0.state.id) < ($1.state.lastActivity, $1.state.id)
        }
    }

    private mutating func nextIdle(but newest: UInt64) -> Connection? {
        while let next = idle.popLast() {
            if next.id != newest, let connection = connections[next.id], connection.state.lastActivity == next.since,
                !connection.state.isAwaiting
            {
                return connection
            }
        }
        return nil
    }

    /// Of the connections that hold something, the one with the longest idle time.
    func longestHolding() -> Connection? {
        connections.values.lazy.filter { $0.held > 0 }.min {
            ($0.state.lastActivity, $0.state.id) < ($1.state.lastActivity, $1.state.id)
        }
    }
}
