/// poll(2) over a few descriptors, which are listed for each wait; ``ReadySet`` is for many.
package struct Poller {
    private var entries: [pollfd] = []

    package init() {}

    /// Empties the set.
    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
    }

    /// Adds a descriptor. Without a direction, only its end is reported.
    ///
    /// - Returns: the entry's number from 0, for queries after ``wait(until:)``.
    @discardableResult
    package mutating func add(_ raw: Int32, read: Bool, write: Bool) -> Int {
        entries.append(pollfd(fd: raw, events: Int16((read ? POLLIN : 0) | (write ? POLLOUT : 0)), revents: 0))
        return entries.count - 1
    }

    /// Waits until something is ready, a deadline passes, or a signal arrives.
    ///
    /// - Parameter deadline: nil waits without limit.
    package mutating func wait(until deadline: MonotonicTime?) throws(Errno) {
        let milliseconds = Self.milliseconds(until: deadline)
        let count = unsafe entries.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), milliseconds)
        }
        guard count >= 0 else {
            for index in entries.indices { entries[index].revents = 0 }
            let error = Errno.last("poll")
            if error.isInterrupted { return }
            throw error
        }
    }

    /// The timeout for poll(2), rounded up: waking a fraction early would spin until the deadline.
    static func milliseconds(until deadline: MonotonicTime?) -> Int32 {
        guard let deadline else { return -1 }
        let left = deadline.elapsed(since: .now())
        return Int32(clamping: left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1))
    }

    /// Whether an entry has something to read, an end of stream or an error.
    package func isReadable(_ entry: Int) -> Bool {
        entries.indices.contains(entry) && entries[entry].revents & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0
    }

    /// Whether an entry takes bytes again.
    package func isWritable(_ entry: Int) -> Bool {
        entries.indices.contains(entry) && entries[entry].revents & Int16(POLLOUT) != 0
    }

    /// Whether the peer of the entry has gone.
    package func isBroken(_ entry: Int) -> Bool {
        entries.indices.contains(entry) && entries[entry].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    /// Whether one descriptor takes bytes within a time; used before a write that must not block.
    package static func isWritable(_ raw: Int32, within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: raw, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0 && entry.revents & Int16(POLLOUT) != 0
    }

    /// Whether one descriptor has something to read now.
    package static func isReadable(_ raw: Int32) -> Bool {
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLIN) != 0
    }
}
