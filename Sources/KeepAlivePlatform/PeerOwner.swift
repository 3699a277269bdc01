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
                let table = try? file.readAll(limit: 1 << 24)
            else { continue }
            if let user = user(of: connection, in: table) {
                return user == 0 || user == getuid() || user == geteuid() ? .ourselves : .somebodyElse
            }
        }
        return .unknown
    }

    /// The user of the peer's socket, by the lines of one table:
    /// `sl: local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode …`. Pure.
    static func user(of connection: Connection, in table: [UInt8]) -> UInt32? {
        // From the peer's side: its own end comes first.
        let wanted = forms(connection.peer).flatMap { peer in
            forms(connection.here).map { Array(": \(peer) \($0) ".utf8) }
        }
        for line in table.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                wanted.contains(where: { line[colon...].starts(with: $0) })
            else { continue }
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            // A socket closed by its program has neither inode nor user; both show as 0, root's number.
            guard words.count > 9, words[9] != "0" else { return nil }
            return UInt32(words[7])
        }
        return nil
    }

    /// An address in the tables' form: each four bytes as a hexadecimal number in machine order, then the port. An IPv4
    /// address has a second form, for sockets that use IPv6 notation.
    private static func forms(_ address: SocketAddress) -> [String] {
        let host = address.host
        let port = hexadecimal([UInt8(address.port >> 8), UInt8(address.port & 0xFF)])
        let isMapped = host.count == 16 && host[0..<10].allSatisfy { $0 == 0 } && host[10] == 0xFF && host[11] == 0xFF
        guard host.count == 4 || isMapped else { return ["\(groups(host)):\(port)"] }
        let short = Array(host.suffix(4))
        let long = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + short
        return [short, long].map { "\(groups($0)):\(port)" }
    }

    private static func groups(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            let group = Array(bytes[start..<(start + 4)])
            #if _endian(little)
                return hexadecimal(group.reversed())
            #else
                return hexadecimal(group)
            #endif
        }.joined()
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [UInt8.hexadecimal($0 >> 4), .hexadecimal($0 & 15)] }, as: UTF8.self)
            .uppercased()
    }
}
