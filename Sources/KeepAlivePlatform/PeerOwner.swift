import Synchronization

#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// The owner of the program at the other end of a local connection.
///
/// Determined by the user of its socket. Nothing else distinguishes another user's proxy from a program of our own: a
/// proxy need not add a header. The kernel is asked for that one socket (sock_diag(7)). A sandbox may forbid it: then
/// /proc/net/tcp and /proc/net/tcp6 are read, which have every socket of the machine.
package enum PeerOwner: Equatable, Sendable {
    /// Our own user, or root.
    case ourselves
    case somebodyElse
    /// The kernel does not show the socket.
    case unknown

    /// The two ends of a connection, from the server's view. Thread-safe.
    package final class Connection: Sendable {
        let peer: SocketAddress
        let here: SocketAddress
        /// A connection has one owner: whoever sends many requests on it must not cause many searches.
        private let known = Mutex<PeerOwner?>(nil)

        init(peer: SocketAddress, here: SocketAddress) {
            self.peer = peer
            self.here = here
        }

        fileprivate var owner: PeerOwner {
            known.withLock { known in
                let owner = known ?? search()
                known = owner
                return owner
            }
        }

        private func search() -> PeerOwner {
            let found = PeerOwner.ask(for: self) ?? PeerOwner.readTables(for: self)
            return PeerOwner.judge(found, own: [getuid(), geteuid()])
        }
    }

    package static func of(_ connection: Connection) -> PeerOwner { connection.owner }

    /// Whose a socket is. Pure.
    ///
    /// - Parameter own: the users of this process.
    static func judge(_ found: PeerSearch.Found?, own: [uid_t]) -> PeerOwner {
        guard case .user(let user) = found else { return .unknown }
        return user == 0 || own.contains(user) ? .ourselves : .somebodyElse
    }

    /// What the kernel says of the socket; nil if it does not answer.
    static func ask(for connection: Connection) -> PeerSearch.Found? {
        #if os(Linux)
            let (own, other) = (connection.peer.shortHost, connection.here.shortHost)
            guard own.count == other.count, !own.isEmpty else { return nil }
            var user: UInt32 = 0
            let code = unsafe ckeepalive_socket_user(
                own, connection.peer.port, other, connection.here.port, own.count, &user)
            return code < 0 ? nil : code == 0 ? .nobody : .user(user)
        #else
            return nil
        #endif
    }

    /// What the tables say of it; nil if they do not list it or cannot be read.
    static func readTables(for connection: Connection) -> PeerSearch.Found? {
        // The kernel writes the tables piece by piece: a socket may be skipped while others open and close.
        for path in (0..<3).flatMap({ _ in ["/proc/net/tcp", "/proc/net/tcp6"] }) {
            guard let file = try? FileDescriptor.open(path, flags: O_RDONLY),
                case .user(let user) = search(file, for: connection)
            else { continue }
            return .user(user)
        }
        return nil
    }

    /// The most bytes of a table that are read, about 400,000 sockets.
    private static let limit = 1 << 26

    /// What a table says about the peer's socket; nil if it does not list it or cannot be read.
    private static func search(_ file: borrowing FileDescriptor, for connection: Connection) -> PeerSearch.Found? {
        var search = PeerSearch(from: connection.peer, to: connection.here)
        var piece = [UInt8](repeating: 0, count: 4096)
        var left = limit
        while left > 0, let count = try? file.read(into: &piece) {
            if count == 0 { return search.finish() }
            if let found = search.take(piece[..<count]) { return found }
            left -= count
        }
        return nil
    }
}
