import KeepAliveKit
import KeepAliveNetwork
import KeepAlivePlatform

/// Whether this machine's name servers answer at all. Many checks ask at once; they share one result.
enum Resolver {
    private static let look = SharedLook<(isOut: Bool, ended: MonotonicTime)>()

    /// Whether no name server answers a question that each can answer; false if this is unknown.
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

    /// The addresses in resolv.conf(5); this machine if the file has none.
    static func servers(_ path: String = "/etc/resolv.conf") -> [String] {
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
        // The system's resolver also uses only the first three.
        return servers.isEmpty ? ["127.0.0.1"] : Array(servers.prefix(3))
    }
}

/// A name server to ask for the root's name servers (RFC 1035, section 4): any working server knows them.
struct NameServer: Sendable {
    let address: String
    var port: UInt16 = 53

    /// Number 0x4B41, recursion desired, one question: the root, NS, IN.
    private static let question: [UInt8] = [0x4B, 0x41, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]

    /// Whether a reply counts: it answers our question and is not SERVFAIL, which a resolver without upstream sends.
    static func counts(_ reply: ArraySlice<UInt8>) -> Bool {
        DNSMessage.head(of: Array(reply), to: question).map { $0.code != 2 } ?? false
    }

    /// Asks all servers and waits for the first valid reply; asks again after half of the time. Blocks.
    static func anyAnswers(_ servers: [NameServer], within limit: Duration) -> Bool {
        var sockets: [DatagramConnection] = []
        // A server that we cannot ask, for instance because a descriptor is missing, is not to blame.
        var isUnasked = false
        for server in servers {
            do {
                sockets.append(try DatagramConnection(server))
            } catch {
                if !isWithoutRoute(error) { isUnasked = true }
            }
        }
        guard !sockets.isEmpty else { return isUnasked }
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
                    // Refused or SERVFAIL: this server sends no other answer.
                    waiting.remove(at: index)
                }
            }
        }
        return false
    }

    /// Whether no route leads to a server: then it cannot answer this machine.
    static func isWithoutRoute(_ error: any Error) -> Bool {
        (error as? Errno).map { [ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN].contains($0.code) } ?? false
    }

    /// A connection to one server.
    private final class DatagramConnection {
        private let socket: FileDescriptor
        var raw: Int32 { socket.raw }

        init(_ server: NameServer) throws {
            let addresses = try SocketAddress.resolve(server.address, port: server.port, isNumeric: true)
            guard let first = addresses.first else { throw Errno.malformedAddress }
            socket = try Socket.connect(to: first, isDatagram: true)
        }
    }
}
