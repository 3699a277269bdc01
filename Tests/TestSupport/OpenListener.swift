import Foundation

/// A listening socket of this machine, by the kernel's tables.
///
/// A connection attempt does not show its end, because another program may have the port by then.
public struct OpenListener: Sendable {
    private let port: UInt16
    private let inode: Substring?

    /// The socket that listens on `port` now; nil without one.
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

    /// Whether any process still holds it.
    public var exists: Bool {
        guard let inode else { return (try? RawClient(port: port)) != nil }
        return Self.look { Self.inodes(port: port).contains(inode) ? inode : nil } != nil
    }

    /// The kernel writes the tables in pieces: while other sockets come and go, it may skip one.
    private static func look(_ find: () -> Substring?) -> Substring? {
        for _ in 0..<20 {
            if let found = find() { return found }
        }
        return nil
    }

    /// The inode of every socket that listens on `port`, from proc_net(5): `sl local_address rem_address st … inode`.
    private static func inodes(port: UInt16) -> [Substring] {
        let suffix = ":" + String(format: "%04X", Int(port))
        return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path -> [Substring] in
            // In pieces to the end: in one read Foundation gets only a part of a long /proc file.
            let table = try? FileHandle(forReadingAtPath: path)?.readToEnd()
            return String(decoding: table ?? Data(), as: UTF8.self).split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                guard fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" else { return nil }
                return fields[9]
            }
        }
    }
}
