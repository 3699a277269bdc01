#if os(Linux)
    internal import CKeepAliveEpoll

    /// A set of descriptors by epoll(7), level-triggered.
    package struct EpollSet: DescriptorSet, ~Copyable, Sendable {
        private let set: FileDescriptor
        /// How many events one wait returns; the next wait returns the rest, because the kernel rotates them.
        private static let most = 512
        package private(set) var events: [ReadyEvent] = []

        package init() throws(Errno) {
            // Not epoll_create1: some programs replace it, which ends them where libdispatch's would trap.
            let raw = epoll_create(1)
            guard raw >= 0 else { throw Errno.last("epoll_create") }
            let made = FileDescriptor(owning: raw)
            try FileDescriptor.prepare(raw)
            set = made
        }

        package mutating func add(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno) {
            try control(EPOLL_CTL_ADD, raw, directions, token)
        }

        package mutating func change(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno) {
            try control(EPOLL_CTL_MOD, raw, directions, token)
        }

        /// Closing alone is not enough: a child before its exec holds every descriptor, and epoll would still report
        /// it.
        package mutating func remove(_ raw: Int32) {
            _ = ckeepalive_epoll_control(set.raw, EPOLL_CTL_DEL, raw, 0, 0)
        }

        package mutating func wait(until deadline: MonotonicTime?) throws(Errno) {
            events.removeAll(keepingCapacity: true)
            let milliseconds = Poller.milliseconds(until: deadline)
            let set = self.set.raw
            let count = unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.most) { found in
                let count = unsafe epoll_wait(set, found.baseAddress, Int32(found.count), milliseconds)
                for index in 0..<max(0, Int(count)) {
                    events.append(unsafe Self.event(found[index]))
                }
                return count
            }
            guard count < 0 else { return }
            let error = Errno.last("epoll_wait")
            if !error.isInterrupted { throw error }
        }

        private static func event(_ found: epoll_event) -> ReadyEvent {
            var found = unsafe found
            let mask = unsafe found.events
            return ReadyEvent(
                token: unsafe ckeepalive_epoll_token(&found),
                isReadable: mask & (ckeepalive_epoll_input | ckeepalive_epoll_end) != 0,
                isWritable: mask & ckeepalive_epoll_output != 0,
                isBroken: mask & ckeepalive_epoll_end != 0)
        }

        private func control(_ operation: Int32, _ raw: Int32, _ directions: Directions, _ token: UInt64) throws(Errno)
        {
            let mask =
                (directions.contains(.read) ? ckeepalive_epoll_input : 0)
                | (directions.contains(.write) ? ckeepalive_epoll_output : 0)
            guard ckeepalive_epoll_control(set.raw, operation, raw, mask, token) == 0 else {
                throw Errno.last("epoll_ctl")
            }
        }
    }
#endif
