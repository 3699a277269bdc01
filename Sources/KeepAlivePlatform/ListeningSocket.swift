/// Finds who listens on a port of this machine, in /proc/net/tcp and /proc/net/tcp6.
package enum ListeningSocket {
    /// The inodes of the sockets that listen on a port for local clients.
    package static func inodes(port: UInt16) -> Set<UInt64> {
        var inodes: Set<UInt64> = []
        for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
            guard let text = ProcFile.text(path, limit: 1 << 24) else { continue }
            for line in text.split(separator: "\n").dropFirst() {
                if let inode = inode(of: line, port: port) { inodes.insert(inode) }
            }
        }
        return inodes
    }

    /// Parses one line: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`.
    static func inode(of line: Substring, port: UInt16) -> UInt64? {
        let words = line.split(separator: " ")
        // 0A is LISTEN.
        guard words.count >= 10, words[3] == "0A" else { return nil }
        let address = words[1].split(separator: ":")
        guard address.count == 2, UInt16(address[1], radix: 16) == port, isLocal(address[0]) else { return nil }
        return UInt64(words[9]).flatMap { $0 == 0 ? nil : $0 }
    }

    /// Every interface, or loopback; the kernel writes each group of four bytes in the machine's own order.
    private static func isLocal(_ hexadecimal: Substring) -> Bool {
        let isMapped = hexadecimal.count == 32 && hexadecimal.hasPrefix("0000000000000000FFFF0000")
        let address = isMapped ? hexadecimal.suffix(8) : hexadecimal
        if address.allSatisfy({ $0 == "0" }) { return true }
        return address.count == 8
            ? address.hasSuffix("7F") : address == "00000000000000000000000001000000"
    }
}
