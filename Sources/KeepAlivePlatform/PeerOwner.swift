/// The owner of the program at the other end of a local connection.
///
/// Determined by the user of its socket in /proc/net/tcp and /proc/net/tcp6. Nothing else distinguishes another user's
/// proxy from a program of our own: a proxy need not add a header.
package enum PeerOwner: Equatable, Sendable {
    /// Our own user, or root.
    case ourselves
    case somebodyElse
    /// There is no /proc, or it does not list the socket.
    case unknown

    /// The two ends of a connection, from the server's view.
    package final class Connection: Sendable {
        let peer: SocketAddress
        let here: SocketAddress

        init(peer: SocketAddress, here: SocketAddress) {
            self.peer = peer
            self.here = here
        }
    }

    package static func of(_ connection: Connection) -> PeerOwner {
        // The kernel writes the tables piece by piece: a socket may be skipped while others open and close.
        for path in (0..<3).flatMap({ _ in ["/proc/net/tcp", "/proc/net/tcp6"] }) {
            guard let file = try? FileDescriptor.open(path, flags: O_RDONLY),
                case .user(let user) = search(file, for: connection)
            else { continue }
            return user == 0 || user == getuid() || user == geteuid() ? .ourselves : .somebodyElse
        }
        return .unknown
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
