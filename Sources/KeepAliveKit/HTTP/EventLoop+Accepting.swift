import KeepAlivePlatform

/// New connections: how many a turn accepts, and who makes room for them.
extension EventLoop {
    mutating func accept(from listener: PortFallback.Listeners.Socket, at now: MonotonicTime) {
        if let fullAt, connections.count >= fullAt, connections.allWaitBriefly(at: now) {
            return rest(for: .milliseconds(10), at: now)
        }
        fullAt = nil
        // A bounded number a turn, so that a flood of connections does not delay the answers.
        let end = MonotonicTime.now().advanced(by: Self.share)
        let limit = DescriptorLimit.current
        let most = capacity.connections(descriptors: limit)
        for _ in 0..<64 {
            do {
                let newcomer = try Socket.accept(listener.descriptor.raw)
                let isLow = DescriptorLimit.isLow(newest: newcomer.socket.raw, limit: limit)
                let id = take(newcomer, at: now)
                // A connection that was answered and has already left takes no place.
                guard connections[id] != nil, connections.count > most || isLow else { continue }
                // Answers are on their way to all; the kernel keeps further peers meanwhile.
                if connections.allWaitBriefly(but: id, at: now) {
                    if isLow { fullAt = connections.count }
                    return rest(for: .milliseconds(10), at: now)
                }
                dropLongestIdle(but: id, at: now)
            } catch {
                switch Socket.AcceptFailure(error) {
                case .nobody: return refill()
                case .gone: continue
                case .noDescriptor:
                    // Linux looks for a descriptor before it looks for a connection.
                    guard Poller.isReadable(listener.descriptor.raw) else { return refill() }
                    if makeRoom(at: now) { continue }
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
    mutating func listen(again: Bool) {
        for (index, listener) in listeners.enumerated() {
            try? ready.change(listener.descriptor.raw, again ? .read : [], token: UInt64(index + 1))
        }
        if again {
            listenersRestUntil = nil
            spare.refill()
        }
    }

    private mutating func take(_ newcomer: consuming Socket.Accepted, at now: MonotonicTime) -> UInt64 {
        let address = newcomer.peer
        lastID &+= 1
        let peer = HTTPPeer(
            isLoopback: address.isLoopback, network: address.network, connection: lastID,
            ends: address.isLoopback ? newcomer.ends : nil)
        let connection = Connection(
            socket: newcomer.takeSocket(), state: ConnectionState(at: now, peer: peer, limits: limits))
        connections.add(connection)
        // Its request may be newer than this turn's cached answers.
        responder.beginTurn()
        // The request has often arrived already; if it is answered now, no flood can push the connection out first.
        connection.readable(into: &buffer, scratch: &scratch, at: now, responder: &responder)
        settle(connection)
        return lastID
    }

    /// Frees a descriptor; false when there is none to free. The spare one goes last: it is for the time when the
    /// program holds all others, or all connections wait for their answers.
    private mutating func makeRoom(at now: MonotonicTime) -> Bool {
        guard !connections.allWaitBriefly(at: now) else { return spare.release() }
        dropLongestIdle(at: now)
        return true
    }

    private mutating func dropLongestIdle(but newest: UInt64 = 0, at now: MonotonicTime) {
        if let longest = connections.longestIdle(but: newest, at: now) { drop(longest) }
    }
}
