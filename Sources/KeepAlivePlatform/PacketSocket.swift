#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// One end of a connected pair of sockets that keeps packets whole (AF_UNIX, SOCK_SEQPACKET; unix(7)). A descriptor may
/// travel with a packet. Sending and receiving never wait. Linux only.
package struct PacketSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// What was received.
    package struct Packet: ~Copyable, Sendable {
        package let bytes: [UInt8]
        package let descriptor: FileDescriptor?

        /// The descriptor alone.
        package consuming func takeDescriptor() -> FileDescriptor? { descriptor }
    }

    /// Both ends; they close on exec.
    package struct Pair: ~Copyable, Sendable {
        package let first: PacketSocket
        package let second: PacketSocket

        /// The first end alone; the second one is closed.
        package consuming func takeFirst() -> PacketSocket { first }
    }

    /// Takes ownership of a connected socket, which closes on exec from now on.
    package init(owning raw: Int32) throws(Errno) {
        let descriptor = FileDescriptor(owning: raw)
        try FileDescriptor.prepare(raw)
        self.descriptor = descriptor
    }

    package static func pair() throws(Errno) -> Pair {
        #if os(Linux)
            var ends: [Int32] = [-1, -1]
            let type = Int32(SOCK_SEQPACKET.rawValue)
            guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Errno.last("socketpair") }
            let second = FileDescriptor(owning: ends[1])
            let first = try PacketSocket(owning: ends[0])
            return Pair(first: first, second: try PacketSocket(second))
        #else
            throw Errno("socketpair", code: ENOSYS)
        #endif
    }

    private init(_ descriptor: consuming FileDescriptor) throws(Errno) {
        try FileDescriptor.prepare(descriptor.raw)
        self.descriptor = descriptor
    }

    /// The descriptor to wait on.
    package var raw: Int32 { descriptor.raw }

    /// Sends one packet.
    ///
    /// - Parameter passed: a descriptor that the receiver gets a copy of.
    /// - Throws: `Errno`, also if the receiver has too many unread packets (`isWouldBlock`).
    package func send(_ bytes: [UInt8], passing passed: Int32? = nil) throws(Errno) {
        #if os(Linux)
            while true {
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe ckeepalive_send_packet(descriptor.raw, $0.baseAddress, $0.count, passed ?? -1)
                }
                if count >= 0 { return }
                let error = Errno.last("sendmsg")
                if !error.isInterrupted { throw error }
            }
        #else
            throw Errno("sendmsg", code: ENOSYS)
        #endif
    }

    /// Receives one packet. Without bytes, the other end is closed.
    ///
    /// - Parameter limit: the longest packet; a longer one is lost, and an error.
    /// - Returns: nil if there is none now.
    package func receive(limit: Int) throws(Errno) -> Packet? {
        #if os(Linux)
            var bytes = [UInt8](repeating: 0, count: limit)
            var passed: Int32 = -1
            var wasReset = false
            while true {
                let count = unsafe bytes.withUnsafeMutableBytes {
                    unsafe ckeepalive_receive_packet(descriptor.raw, $0.baseAddress, $0.count, &passed)
                }
                if count >= 0 {
                    bytes.removeSubrange(count...)
                    return Packet(bytes: bytes, descriptor: passed >= 0 ? FileDescriptor(owning: passed) : nil)
                }
                let error = Errno.last("recvmsg")
                if error.isWouldBlock { return nil }
                if error.isReset {
                    // The peer ended with unread packets. Linux reports that once, before what the peer had sent.
                    if wasReset { return Packet(bytes: [], descriptor: nil) }
                    wasReset = true
                    continue
                }
                if !error.isInterrupted { throw error }
            }
        #else
            throw Errno("recvmsg", code: ENOSYS)
        #endif
    }
}
