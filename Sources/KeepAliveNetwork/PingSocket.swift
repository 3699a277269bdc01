package import KeepAlivePlatform

/// Echo requests of ICMP without raw sockets (RFC 792, RFC 4443; icmp(7), `ping_group_range`). Blocks.
package struct PingSocket: ~Copyable {
    private let socket: FileDescriptor
    private let isIPv6: Bool
    /// Tells our replies from any others.
    private let mark: [UInt8]

    /// - Throws: `Errno`; EACCES or EPERM from socket(2) without the right to it, and connect(2)'s without a route.
    package init(to address: SocketAddress) throws(Errno) {
        isIPv6 = address.family == AF_INET6
        socket = try Socket.connect(
            to: address, isDatagram: true, protocol: Int32(isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        var random = SystemRandomNumberGenerator()
        mark = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Sends one request and waits for its reply.
    ///
    /// - Returns: the time between both; nil if no reply came.
    package func ping(_ sequence: UInt16, until deadline: MonotonicTime) throws(Errno) -> Duration? {
        let request = Self.request(sequence, isIPv6: isIPv6, mark: mark)
        let start = MonotonicTime.now()
        _ = try Socket.send(request.span, to: socket.raw)
        while MonotonicTime.now() < deadline {
            var poller = Poller()
            poller.add(socket.raw, read: true, write: false)
            try poller.wait(until: deadline)
            guard poller.isReadable(0) else { continue }
            var reply = [UInt8](repeating: 0, count: 1500)
            let count = try Socket.receive(into: &reply, from: socket.raw)
            let now = MonotonicTime.now()
            if Self.isReply(Array(reply.prefix(count)), to: request, isIPv6: isIPv6) { return now.since(start) }
        }
        return nil
    }

    /// The request's message. Linux replaces its number and checksum.
    static func request(_ sequence: UInt16, isIPv6: Bool, mark: [UInt8]) -> [UInt8] {
        var message: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0, 0x4B, 0x41]
        message += [UInt8(sequence >> 8), UInt8(sequence & 0xFF)] + mark
        if !isIPv6 {
            let sum = checksum(message)
            (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        }
        return message
    }

    /// Whether a message answers a request. Darwin puts the IP header before it.
    static func isReply(_ message: [UInt8], to request: [UInt8], isIPv6: Bool) -> Bool {
        var message = message[...]
        if !isIPv6, let first = message.first, first >> 4 == 4 { message = message.dropFirst(Int(first & 0x0F) * 4) }
        // The kernel has replaced the number, so sequence and mark decide.
        return message.first == (isIPv6 ? 129 : 0) && message.dropFirst(6).elementsEqual(request.dropFirst(6))
    }

    /// The Internet checksum (RFC 1071).
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(truncatingIfNeeded: sum)
    }
}
