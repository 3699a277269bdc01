package import KeepAlivePlatform

/// One question to one name server: by UDP, repeated while no reply comes, and by TCP if the reply is truncated
/// (RFC 1035, section 4.2; RFC 7766, section 5). Blocks.
package struct DNSExchange {
    private let server: SocketAddress
    private let question: [UInt8]
    private let deadline: MonotonicTime

    /// A lost datagram is sent again after a quarter of the time, and after another.
    private static let tries = 3

    package init(_ question: [UInt8], to server: SocketAddress, until deadline: MonotonicTime) {
        self.question = question
        self.server = server
        self.deadline = deadline
    }

    /// Why there is no reply; ETIMEDOUT after the deadline.
    package enum Failure: Error, Equatable, Sendable {
        /// The server gave no answer.
        case unanswered(Errno)
        /// It gave a truncated answer, and none by TCP.
        case truncated(Errno)
    }

    /// Asks; returns the reply with its head.
    package func run() throws(Failure) -> (reply: [UInt8], head: DNSMessage.Head) {
        let found: (reply: [UInt8], head: DNSMessage.Head)
        do throws(Errno) { found = try byDatagram() } catch { throw .unanswered(error) }
        guard found.head.isTruncated else { return found }
        do throws(Errno) { return try byStream() } catch { throw .truncated(error) }
    }

    private func byDatagram() throws(Errno) -> (reply: [UInt8], head: DNSMessage.Head) {
        let socket = try Socket.connect(to: server, isDatagram: true)
        let start = MonotonicTime.now()
        let share = deadline.since(start) / 4
        for attempt in 1...Self.tries {
            _ = try Socket.send(question.span, to: socket.raw)
            let end = attempt == Self.tries ? deadline : start.advanced(by: share * attempt)
            while MonotonicTime.now() < end {
                guard try wait(socket.raw, reading: true, until: end) else { continue }
                var reply = [UInt8](repeating: 0, count: 65_535)
                let count = try Socket.receive(into: &reply, from: socket.raw)
                reply.removeLast(reply.count - count)
                // Another number, or no message at all: not the reply, which may still come (RFC 5452, section 9.1).
                if let head = DNSMessage.head(of: reply, to: question), isReadable(reply, head) { return (reply, head) }
            }
        }
        throw .timedOut
    }

    private func isReadable(_ reply: [UInt8], _ head: DNSMessage.Head) -> Bool {
        head.isTruncated || head.code != 0 || DNSMessage.records(reply, type: 0) != nil
    }

    private func byStream() throws(Errno) -> (reply: [UInt8], head: DNSMessage.Head) {
        let socket = try Socket.connect(to: server)
        while try !wait(socket.raw, reading: false, until: deadline) {
            if MonotonicTime.now() >= deadline { throw .timedOut }
        }
        try Socket.checkConnected(socket.raw)
        let message = [UInt8(question.count >> 8 & 0xFF), UInt8(question.count & 0xFF)] + question
        guard try Socket.send(message.span, to: socket.raw) == message.count else { throw .cutOff }
        var received: [UInt8] = []
        while MonotonicTime.now() < deadline {
            guard try wait(socket.raw, reading: true, until: deadline) else { continue }
            var chunk = [UInt8](repeating: 0, count: 65_537)
            let count = try Socket.receive(into: &chunk, from: socket.raw)
            if count == 0 { throw .cutOff }
            received += chunk.prefix(count)
            guard received.count >= 2 else { continue }
            let length = Int(received[0]) << 8 | Int(received[1])
            guard received.count >= 2 + length else { continue }
            let reply = Array(received[2..<(2 + length)])
            guard let head = DNSMessage.head(of: reply, to: question) else { throw .cutOff }
            return (reply, head)
        }
        throw .timedOut
    }

    /// Whether the socket became ready.
    private func wait(_ raw: Int32, reading: Bool, until end: MonotonicTime) throws(Errno) -> Bool {
        var poller = Poller()
        poller.add(raw, read: reading, write: !reading)
        try poller.wait(until: end)
        return reading ? poller.isReadable(0) : poller.isWritable(0) || poller.isBroken(0)
    }
}
