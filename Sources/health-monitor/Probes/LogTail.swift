import KeepAliveKit
import KeepAlivePlatform

/// The read position in a log: reads what was added since, even if the file was replaced or emptied meanwhile.
struct LogTail: Sendable {
    /// The added lines.
    struct Piece: Sendable, Equatable {
        var bytes: [UInt8]
        /// Whether these are the last lines of a log that is read for the first time.
        var isFirst: Bool
    }

    static let mostBytes: Int64 = 1024 * 1024
    static let firstBytes: Int64 = 64 * 1024
    private static let fingerprintBytes: Int64 = 64

    /// The file that was read last: lines may have come before it was replaced.
    private final class Opened: Sendable {
        let file: FileDescriptor

        init(_ file: consuming FileDescriptor) { self.file = file }
    }

    private var opened: Opened?
    private var identity: FileIdentity?
    private var offset: Int64 = 0
    /// The last bytes before the offset: they differ in a file that was emptied and has grown again.
    private var fingerprint: [UInt8] = []

    /// Reads the complete lines added since.
    ///
    /// - Throws: `Errno`.
    mutating func read(_ path: String) throws(Errno) -> Piece {
        // Without O_NONBLOCK, opening a pipe would wait for a writer.
        let next = Opened(try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK))
        let status = try FileStatus(next.file)
        guard status.isRegular else { throw Errno.notAFile(status) }
        let isFirst = identity == nil
        let rest = try isFirst || identity == status.identity ? [] : restOfReplaced()
        var start: Int64 = 0
        if isFirst {
            start = max(0, status.size - Self.firstBytes)
        } else if identity == status.identity, offset <= status.size,
            try Self.bytes(of: next.file, offset - Int64(fingerprint.count)..<offset) == fingerprint
        {
            start = offset
        }
        var isCut = isFirst && start > 0
        if status.size - start > Self.mostBytes {
            start = status.size - Self.mostBytes
            isCut = true
        }
        var bytes = try Self.bytes(of: next.file, start..<max(start, status.size))
        let newline = UInt8(ascii: "\n")
        // An unfinished line is read once it is complete, unless it is endless.
        if !isFirst, bytes.count < Self.mostBytes {
            bytes.removeLast(bytes.count - ((bytes.lastIndex(of: newline) ?? -1) + 1))
        }
        (opened, identity) = (next, status.identity)
        offset = start + Int64(bytes.count)
        if bytes.count >= Self.fingerprintBytes || start == 0 {
            fingerprint = Array(bytes.suffix(Int(Self.fingerprintBytes)))
        } else {
            fingerprint = try Self.bytes(of: next.file, max(0, offset - Self.fingerprintBytes)..<offset)
        }
        if isCut { bytes.removeFirst((bytes.firstIndex(of: newline) ?? -1) + 1) }
        return Piece(bytes: rest + bytes, isFirst: isFirst)
    }

    /// The lines that came to the earlier file after the last look, at most as many as to any other look.
    private func restOfReplaced() throws(Errno) -> [UInt8] {
        guard let opened else { return [] }
        let size = try FileStatus(opened.file).size
        let start = max(offset, size - Self.mostBytes)
        guard start < size else { return [] }
        var bytes = try Self.bytes(of: opened.file, start..<size)
        let newline = UInt8(ascii: "\n")
        if start > offset { bytes.removeFirst((bytes.firstIndex(of: newline) ?? -1) + 1) }
        if let last = bytes.last, last != newline { bytes.append(newline) }
        return bytes
    }

    private static func bytes(of file: borrowing FileDescriptor, _ range: Range<Int64>) throws(Errno) -> [UInt8] {
        try file.read(at: range.lowerBound, count: range.count)
    }
}
