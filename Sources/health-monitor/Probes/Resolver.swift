import KeepAliveKit
import KeepAlivePlatform

/// Whether this machine's name servers answer at all. Many checks ask at the same moment; they share one look.
enum Resolver {
    private static let look = SharedLook<(isOut: Bool, ended: MonotonicTime)>()

    /// Whether none of the name servers answers a question that each of them can answer; false where that cannot be told.
    static func isOut(within limit: Duration) async -> Bool {
        let asked = MonotonicTime.now()
        return await look.value {
            $0.ended >= asked
        } _: {
            let isOut = try? await BlockingCall().run(timeout: limit + .milliseconds(200)) {
                let servers = servers().map { NameServer(address: $0) }
                return !servers.isEmpty && !NameServer.anyAnswers(servers, within: limit)
            }
            return (isOut ?? false, .now())
        }.isOut
    }

    /// The addresses in resolv.conf(5); this machine where it names none.
    private static func servers(_ path: String = "/etc/resolv.conf") -> [String] {
        do throws(Errno) {
            return servers(in: try FileDescriptor.open(path, flags: O_RDONLY).readAll(limit: 64 * 1024))
        } catch {
            return error.isNotFound ? ["127.0.0.1"] : []
        }
    }

    static func servers(in file: [UInt8]) -> [String] {
        let servers = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            return words.first == "nameserver" && words.count > 1 ? String(words[1]) : nil
        }
        // The resolver itself takes the first three.
        return servers.isEmpty ? ["127.0.0.1"] : Array(servers.prefix(3))
    }
}

/// A name server that is asked for the root's own name servers (RFC 1035, section 4): any that works knows them.
struct NameServer: Sendable {
    let address: String

    /// Number 0x4B41, recursion desired, one question: the root, NS, IN.
    private static let question: [UInt8] = [0x4B, 0x41, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]

    /// Whether a reply counts: to our question, and other than SERVFAIL, which a resolver gives that has nobody to ask itself.
    static func counts(_ reply: ArraySlice<UInt8>) -> Bool {
        reply.count >= 12 && reply.starts(with: question.prefix(2)) && reply[reply.startIndex + 2] & 0x80 != 0
            && reply[reply.startIndex + 3] & 0x0F != 2
    }

    /// Asks them all and waits for the first reply that counts; asks once more after half of the time. Blocks.
    static func anyAnswers(_ servers: [NameServer], within limit: Duration) -> Bool {
        let sockets = servers.compactMap { try? DatagramConnection($0.address) }
        // What could not even be asked says nothing of the servers.
        guard !sockets.isEmpty else { return true }
        let start = MonotonicTime.now()
        for half in 1...2 {
            for socket in sockets { _ = try? Socket.send(question.span, to: socket.raw) }
            let end = start.advanced(by: limit * half / 2)
            var waiting = sockets
            while !waiting.isEmpty, MonotonicTime.now() < end {
                var poller = Poller()
                for socket in waiting { poller.add(socket.raw, read: true, write: false) }
                try? poller.wait(until: end)
                for index in waiting.indices.reversed() where poller.isReadable(index) {
                    var reply = [UInt8](repeating: 0, count: 1500)
                    let count = (try? Socket.receive(into: &reply, from: waiting[index].raw)) ?? 0
                    if counts(reply[..<count]) { return true }
                    // Refused, or SERVFAIL: this one has nothing more to say.
                    waiting.remove(at: index)
                }
            }
        }
        return false
    }

    /// Talks to one server.
    private final class DatagramConnection {
        private let socket: FileDescriptor
        var raw: Int32 { socket.raw }

        init(_ address: String) throws {
            let addresses = try SocketAddress.resolve(address, port: 53, isNumeric: true)
            guard let first = addresses.first else { throw Errno.malformedAddress }
            socket = try Socket.connect(to: first, isDatagram: true)
        }
    }
}
