import Foundation

/// One listening socket of this machine, as the kernel knows it.
///
/// Whether it is gone cannot be seen by connecting to its port: the kernel may have given that to somebody else by then.
public struct OpenListener: Sendable {
    private let port: UInt16
    private let inode: Substring?

    /// The socket that listens on `port` now; nil when none does.
    public init?(port: UInt16) {
        self.port = port
        #if os(Linux)
            guard let inode = Self.look({ Self.inodes(port: port).first }) else { return nil }
            self.inode = inode
        #else
            guard (try? RawClient(port: port)) != nil else { return nil }
            inode = nil
        #endif
    }

    /// Whether anybody still holds it.
    public var exists: Bool {
        guard let inode else { return (try? RawClient(port: port)) != nil }
        return Self.look { Self.inodes(port: port).contains(inode) ? inode : nil } != nil
    }

    /// The kernel writes the tables piece by piece: while other sockets come and go, one may be passed over.
    private static func look(_ find: () -> Substring?) -> Substring? {
        for _ in 0..<20 {
            if let found = find() { return found }
        }
        return nil
    }

    /// Of every socket that listens on `port`, from the tables of proc_net(5): `sl local_address rem_address st … inode`.
    private static func inodes(port: UInt16) -> [Substring] {
        let suffix = ":" + String(format: "%04X", Int(port))
        return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path -> [Substring] in
            // In pieces, until nothing comes: Foundation reads a file of /proc at once, and a long one only by half.
            let table = try? FileHandle(forReadingAtPath: path)?.readToEnd()
            return String(decoding: table ?? Data(), as: UTF8.self).split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                guard fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" else { return nil }
                return fields[9]
            }
        }
    }
}
