import Foundation
import Synchronization

/// A blocking TCP socket on the loopback interface.
///
/// One thread owns it: only the owner reads and closes; other threads may only `disconnect()` it. Closing during
/// another thread's call would free the descriptor's number for reuse.
final class StreamSocket: Sendable {
    /// The descriptor; valid until `close()`.
    let descriptor: Int32
    private let isClosed = Mutex(false)

    /// Takes over a connected descriptor.
    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        let flags = fcntl(descriptor, F_GETFL)
        // On some systems accepted sockets inherit the listener's non-blocking mode.
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        Self.set(descriptor, level: Int32(IPPROTO_TCP), option: TCP_NODELAY, Int32(1))
        #if canImport(Darwin)
            Self.set(descriptor, level: SOL_SOCKET, option: SO_NOSIGPIPE, Int32(1))
        #endif
    }

    deinit { close() }

    /// A new TCP descriptor, neither bound nor connected.
    static func make(family: Int32) throws -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        return try DescriptorGate.open("socket") { [socket(family, kind, 0)] }[0]
    }

    /// A socket connected to a port; throws `SystemFailure` with `ECONNREFUSED` without a listener.
    static func connected(to port: UInt16, family: Int32 = AF_INET) throws -> StreamSocket {
        let descriptor = try make(family: family)
        let failed = unsafe withLoopback(family, port: port) { unsafe connect(descriptor, $0, $1) != 0 }
        if failed {
            let failure = SystemFailure("connect")
            _ = Foundation.close(descriptor)
            throw failure
        }
        return StreamSocket(adopting: descriptor)
    }

    /// Sets a socket option.
    static func set(_ descriptor: Int32, level: Int32, option: Int32, _ value: some Any) {
        unsafe withUnsafeBytes(of: value) { bytes in
            _ = unsafe setsockopt(descriptor, level, option, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    /// Calls `body` with the loopback address of `family`, in the form of the socket calls.
    static func withLoopback<Value>(
        _ family: Int32, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        if family == AF_INET6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return unsafe withSocketAddress(&address, body)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withSocketAddress(&address, body)
    }

    static func withSocketAddress<Address, Value>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// Makes every receive fail with `EAGAIN` after `limit`.
    func setReceiveTimeout(_ limit: Duration) {
        let (seconds, attoseconds) = limit.components
        var value = timeval()
        value.tv_sec = numericCast(seconds)
        value.tv_usec = numericCast(attoseconds / 1_000_000_000_000)
        Self.set(descriptor, level: SOL_SOCKET, option: SO_RCVTIMEO, value)
    }

    /// Sends everything, blocking while the peer does not read.
    func send(_ bytes: some Collection<UInt8>) throws {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        try unsafe Array(bytes).withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = unsafe Foundation.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, flags)
                if count > 0 {
                    sent += count
                } else if errno != EINTR {
                    throw SystemFailure("send")
                }
            }
        }
    }

    /// Receives the available bytes, at least one; empty once the peer has ended its side.
    func receive(upTo limit: Int = 65_536) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            while true {
                let count = unsafe recv(descriptor, buffer.baseAddress, limit, 0)
                if count >= 0 {
                    initialized = count
                    return
                }
                if errno != EINTR { throw SystemFailure("recv") }
            }
        }
    }

    /// Ends this side of the connection.
    func shutdownWrite() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends the connection from any thread, so that the owner's blocking calls return.
    func disconnect() {
        isClosed.withLock { closed in
            if !closed { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        Self.set(descriptor, level: SOL_SOCKET, option: SO_LINGER, linger(l_onoff: 1, l_linger: 0))
        close()
    }

    /// Closes; repeated calls do nothing.
    func close() {
        isClosed.withLock { closed in
            if !closed { _ = Foundation.close(descriptor) }
            closed = true
        }
    }
}
