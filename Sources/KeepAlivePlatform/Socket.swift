#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// The kit's few socket calls, with results as Swift values.
package enum Socket {
    /// A non-blocking, listening TCP socket.
    ///
    /// SO_REUSEADDR lets a restarted bot take its port back from connections in TIME_WAIT. A port in use still fails.
    package static func listen(on address: SocketAddress, backlog: Int32 = 512) throws(Errno) -> FileDescriptor {
        let socket = try make(family: address.family)
        try set(socket.raw, SOL_SOCKET, SO_REUSEADDR, 1)
        // One write sends an answer; Nagle's delay would hold it back for the peer's delayed ACK (40 ms). Accepted
        // connections inherit the option.
        try? set(socket.raw, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if address.family == AF_INET6 {
            // `::` serves IPv4 as well, regardless of net.ipv6.bindv6only.
            try set(socket.raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, address.isWildcard ? 0 : 1)
        }
        let bound = unsafe address.withPointer { pointer, length in unsafe bind(socket.raw, pointer, length) }
        guard bound == 0 else { throw Errno.last("bind") }
        let listening = KeepAlivePlatform.listen(socket.raw, backlog)
        guard listening == 0 else { throw Errno.last("listen") }
        return socket
    }

    /// Starts to connect without waiting; the socket becomes writable once the outcome is known.
    ///
    /// - Parameter number: the protocol, such as IPPROTO_ICMP; by default the family's usual one.
    package static func connect(
        to address: SocketAddress, isDatagram: Bool = false, protocol number: Int32 = 0
    ) throws(Errno) -> FileDescriptor {
        let socket = try make(family: address.family, isDatagram: isDatagram, protocol: number)
        #if canImport(Darwin)
            try? set(socket.raw, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        let result = unsafe address.withPointer { pointer, length in
            unsafe KeepAlivePlatform.connect(socket.raw, pointer, length)
        }
        if result != 0, errno != EINPROGRESS { throw Errno.last("connect") }
        return socket
    }

    /// Throws the reason why a connection started by `connect` failed.
    package static func checkConnected(_ raw: Int32) throws(Errno) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { throw Errno.last("getsockopt") }
        if code != 0 { throw Errno("connect", code: code) }
    }

    /// The next connection of a listening socket, ready for use, with the peer's address.
    package static func accept(_ listener: Int32) throws(Errno) -> Accepted {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let raw = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) { buffer in
                #if os(Linux)
                    unsafe ckeepalive_accept(listener, buffer.baseAddress, &length)
                #else
                    unsafe KeepAlivePlatform.accept(listener, buffer.baseAddress, &length)
                #endif
            }
        }
        guard raw >= 0 else { throw Errno.last("accept") }
        let connection = FileDescriptor(owning: raw)
        #if !os(Linux)
            try FileDescriptor.prepare(raw)
        #endif
        #if canImport(Darwin)
            try? set(raw, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        return Accepted(socket: connection, peer: SocketAddress(storage: storage, length: length))
    }

    /// What a failed accept(2) means for the listener.
    package enum AcceptFailure: Equatable, Sendable {
        /// No connection waits.
        case nobody
        /// This connection was closed before it was accepted; take the next.
        case gone
        /// There is no descriptor for it.
        case noDescriptor
        /// Something else, such as memory, is short: the connection still waits, and an immediate retry would spin.
        case shortage

        package init(_ error: Errno) {
            switch error.code {
            case EAGAIN, EWOULDBLOCK: self = .nobody
            case EMFILE, ENFILE: self = .noDescriptor
            // On Linux accept(2) also returns the connection's own errors, after removing it from the queue.
            case ECONNABORTED, EINTR, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOPROTOOPT, ETIMEDOUT,
                ECONNRESET:
                self = .gone
            default: self = .shortage
            }
        }
    }

    /// A connection with the address it came from.
    package struct Accepted: ~Copyable {
        package let socket: FileDescriptor
        package let peer: SocketAddress

        /// Both of its ends.
        package var ends: PeerOwner.Connection? {
            (try? Socket.localAddress(socket.raw)).map { PeerOwner.Connection(peer: peer, here: $0) }
        }

        /// The connection alone.
        package consuming func takeSocket() -> FileDescriptor { socket }
    }

    /// Sends once, never raising SIGPIPE; returns the number of bytes taken.
    ///
    /// - Parameter flags: further flags of send(2).
    package static func send(_ bytes: Span<UInt8>, to raw: Int32, flags: Int32 = 0) throws(Errno) -> Int {
        #if canImport(Darwin)
            let quiet: Int32 = 0
        #else
            let quiet = Int32(MSG_NOSIGNAL)
        #endif
        while true {
            let count = unsafe bytes.withUnsafeBufferPointer {
                unsafe KeepAlivePlatform.send(raw, $0.baseAddress, $0.count, quiet | flags)
            }
            if count >= 0 { return count }
            let error = Errno.last("send")
            if !error.isInterrupted { throw error }
        }
    }

    /// Receives once, at most up to the capacity; 0 is the end of the stream.
    package static func receive(into bytes: inout [UInt8], from raw: Int32) throws(Errno) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe KeepAlivePlatform.recv(raw, $0.baseAddress, $0.count, 0)
            }
            if count >= 0 { return count }
            let error = Errno.last("recv")
            if !error.isInterrupted { throw error }
        }
    }

    /// Ends sending; the peer's data can still be read.
    package static func shutdownWrite(_ raw: Int32) { _ = shutdown(raw, Int32(SHUT_WR)) }

    /// Ends a listener or a connection for every process that holds it.
    package static func shutdownAll(_ raw: Int32) { _ = shutdown(raw, Int32(SHUT_RDWR)) }

    /// The port of a socket, as the system chose it.
    package static func localPort(_ raw: Int32) throws(Errno) -> UInt16 {
        try localAddress(raw).port
    }

    /// The local address of a socket.
    static func localAddress(_ raw: Int32) throws(Errno) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) { unsafe getsockname(raw, $0.baseAddress, &length) }
        }
        guard result == 0 else { throw Errno.last("getsockname") }
        return SocketAddress(storage: storage, length: length)
    }

    static func make(
        family: Int32, isDatagram: Bool = false, protocol number: Int32 = 0
    ) throws(Errno) -> FileDescriptor {
        let type = isDatagram ? SOCK_DGRAM : SOCK_STREAM
        #if canImport(Glibc)
            let raw = socket(family, Int32(type.rawValue), number)
        #else
            let raw = socket(family, type, number)
        #endif
        guard raw >= 0 else { throw Errno.last("socket") }
        let descriptor = FileDescriptor(owning: raw)
        try FileDescriptor.prepare(raw)
        return descriptor
    }

    private static func set(_ raw: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(Errno) {
        var value = value
        guard unsafe setsockopt(raw, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw Errno.last("setsockopt")
        }
    }
}
