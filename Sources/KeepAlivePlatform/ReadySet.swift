/// A set of descriptors that says which of them are ready. It is told what changes, so that a wait costs as much as what is
/// ready, not as much as what is held: epoll(7) on Linux, poll(2) elsewhere.
#if os(Linux)
    package typealias ReadySet = EpollSet
#else
    package typealias ReadySet = PollSet
#endif

/// What both kinds of set do, in the same way. Of one thread at a time.
package protocol DescriptorSet: ~Copyable {
    /// - Throws: `Errno` when the system has no descriptor or memory for it.
    init() throws(Errno)

    /// Begins to watch a descriptor, which stays its owner's. With no direction it is only watched for its end.
    ///
    /// - Parameter token: stands in its events.
    mutating func add(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno)

    /// Watches a descriptor of the set for something else from now on.
    mutating func change(_ raw: Int32, _ directions: Directions, token: UInt64) throws(Errno)

    /// Forgets a descriptor; to be called before it is closed.
    mutating func remove(_ raw: Int32)

    /// Waits until something is ready, a deadline passes, or a signal arrives. What is ready and left alone is ready again
    /// the next time.
    ///
    /// - Parameter deadline: nil waits for ever.
    mutating func wait(until deadline: MonotonicTime?) throws(Errno)

    /// What the last wait has found; a descriptor that was removed since may still be there.
    var events: [ReadyEvent] { get }
}

/// What a descriptor is watched for.
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
    /// The peer is gone for good.
    package let isBroken: Bool
}
