/// Finds one socket's user in /proc/net/tcp or /proc/net/tcp6. Pure: pieces of the table go in, in order.
///
/// It keeps one line at most. The table of a busy machine has megabytes, and memory that one request takes stays with
/// the process.
struct PeerSearch {
    enum Found: Equatable {
        /// The user of the socket.
        case user(UInt32)
        /// The line says no user: the socket's program has closed it, or the line is torn.
        case nobody
    }

    /// What follows the line's number: the peer's own end comes first.
    private let wanted: [[UInt8]]
    /// The beginning of a line whose end is in the next piece.
    private var line: [UInt8] = []
    private static let longestLine = 4096

    init(from peer: SocketAddress, to here: SocketAddress) {
        wanted = Self.forms(peer).flatMap { peer in
            Self.forms(here).map { Array(": \(peer) \($0) ".utf8) }
        }
    }

    /// Takes the next piece; what the socket's line says, nil while it has not come.
    mutating func take(_ piece: ArraySlice<UInt8>) -> Found? {
        var rest = piece
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[..<end]
            if let found = look() { return found }
            line.removeAll(keepingCapacity: true)
            rest = rest[(end + 1)...]
        }
        // No line of the kernel's is as long.
        line += rest.prefix(Self.longestLine - min(line.count, Self.longestLine))
        return nil
    }

    /// The table has ended; its last line may lack an end.
    func finish() -> Found? { look() }

    /// Reads one line:
    /// `sl: local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode …`.
    private func look() -> Found? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            wanted.contains(where: { line[colon...].starts(with: $0) })
        else { return nil }
        let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        // A socket closed by its program has neither inode nor user; both show as 0, root's number.
        guard words.count > 9, words[9] != "0", let user = UInt32(words[7]) else { return .nobody }
        return .user(user)
    }

    /// An address in the tables' form: each four bytes as a hexadecimal number in machine order, then the port. An IPv4
    /// address has a second form, for sockets that use IPv6 notation.
    private static func forms(_ address: SocketAddress) -> [String] {
        let short = address.shortHost
        let port = hexadecimal([UInt8(address.port >> 8), UInt8(address.port & 0xFF)])
        guard short.count == 4 else { return ["\(groups(short)):\(port)"] }
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
