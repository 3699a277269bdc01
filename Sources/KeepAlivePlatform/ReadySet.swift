/// A set of descriptors that reports the ready ones. It keeps its members between waits, so only the ready descriptors
/// cost time. It uses epoll(7) on Linux, poll(2) elsewhere.
#if os(Linux)
    package typealias ReadySet = EpollSet
#else
    package typealias ReadySet = PollSet
#endif

/// The common interface of both sets. For one thread at a time.
package protocol DescriptorSet: ~Copyable {
    /// - Throws: `Errno` when the system has no descriptor or memory for it.
    init() throws(Errno)

    /// Watches a descriptor, which stays with its owner. Without a direction, only its end is reported.
    ///
    /// - Parameter token: appears in its events.
    mutating func add(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno)

    /// Changes the watched directions of a descriptor.
    mutating func change(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno)

    /// Removes a descriptor; call it before closing the descriptor.
    mutating func remove(_ raw: Int32)

    /// Waits until something is ready, a deadline passes, or a signal arrives. A ready descriptor that is not handled
    /// is reported by the next wait too.
    ///
    /// - Parameter deadline: nil waits without limit.
    mutating func wait(until deadline: MonotonicTime?) throws(Errno)

    /// The results of the last wait; they may include a descriptor that was removed since.
    var events: [ReadyEvent] { get }
}

/// The watched directions of a descriptor.
package struct Directions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let read = Directions(rawValue: 1)
    package static let write = Directions(rawValue: 2)
}

/// A descriptor that is ready.
package struct ReadyEvent: Equatable, Sendable {
    package let token: UInt64
    /// There is something to read, an end of stream or an error.
    package let isReadable: Bool
    /// It takes bytes again.
    package let isWritable: Bool
    /// The peer has gone.
    package let isBroken: Bool
}
