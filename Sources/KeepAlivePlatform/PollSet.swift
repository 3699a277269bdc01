/// A set of descriptors by poll(2), which every system has; each wait scans all of them.
package struct PollSet: DescriptorSet, ~Copyable, Sendable {
    private var entries: [pollfd] = []
    private var tokens: [UInt64] = []
    package private(set) var events: [ReadyEvent] = []

    package init() throws(Errno) {}

    package mutating func add(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno) {
        guard place(of: raw) == nil else { throw Errno("poll", code: EEXIST) }
        entries.append(pollfd(fd: raw, events: Self.mask(directions), revents: 0))
        tokens.append(token)
    }

    package mutating func change(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno) {
        guard let place = place(of: raw) else { throw Errno("poll", code: ENOENT) }
        entries[place].events = Self.mask(directions)
        tokens[place] = token
    }

    package mutating func remove(_ raw: Int32) {
        guard let place = place(of: raw) else { return }
        entries.remove(at: place)
        tokens.remove(at: place)
    }

    package mutating func wait(until deadline: MonotonicTime?) throws(Errno) {
        events.removeAll(keepingCapacity: true)
        let milliseconds = Poller.milliseconds(until: deadline)
        let count = unsafe entries.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), milliseconds)
        }
        guard count >= 0 else {
            let error = Errno.last("poll")
            if error.isInterrupted { return }
            throw error
        }
        for (entry, token) in zip(entries, tokens) where entry.revents != 0 {
            events.append(
                ReadyEvent(
                    token: token, isReadable: entry.revents & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0,
                    isWritable: entry.revents & Int16(POLLOUT) != 0,
                    isBroken: entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0))
        }
    }

    private func place(of raw: Int32) -> Int? { entries.firstIndex { $0.fd == raw } }

    private static func mask(_ directions: Directions) -> Int16 {
        Int16((directions.contains(.read) ? POLLIN : 0) | (directions.contains(.write) ? POLLOUT : 0))
    }
}
