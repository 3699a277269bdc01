import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
/// Room on the disk that is taken while there is some, for what alerts depend on while the history cannot be written.
///
/// A file of two halves, written in turn, so that a kill in the middle of one leaves the other. Its bytes are written once
/// as it is made: later the same blocks are written again, which needs no room (but on file systems that never write in
/// place, such as btrfs).
///
/// Not Sendable: it belongs to `History`.
final class HistoryReserve {
    /// What the file is called behind the database's path.
    static let suffix = "-reserve"

    private static let magic = Array("KAHMRSV1".utf8)
    /// Magic, number, length and sum of a half's content, 8 bytes each.
    private static let headLength = 32

    private let file: FileDescriptor
    private var half = 0
    private var number: UInt64 = 0

    /// Opens the file, or makes it.
    ///
    /// - Throws: `DatabaseRefusal` where the file is another program's, or there is no room for it.
    init(path: String, targets: Int) throws(DatabaseRefusal) {
        if let status = try? FileStatus(of: path), !status.isRegular {
            throw DatabaseRefusal(.foreign, "\(path) is not a regular file")
        }
        let status: FileStatus
        do throws(Errno) {
            file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT | O_NONBLOCK, mode: 0o600)
            status = try FileStatus(file)
        } catch {
            throw Self.refusal(path, error)
        }
        let size = Int(status.size)
        half = size / 2
        let start = read(at: 0, count: Self.magic.count)
        guard start == Self.magic || start.allSatisfy({ $0 == 0 }) else {
            throw DatabaseRefusal(.foreign, "\(path) is another kind of file, not the reserve of a history")
        }
        if status.rights & 0o177 != 0 { _ = fchmod(file.raw, 0o600) }
        // A target's state and the events that wait for it are some hundred bytes each.
        let wanted = 2 * (131_072 + 1024 * max(0, targets))
        // What is not written into the history yet stays where it is.
        guard size < wanted, read() == nil else { return }
        do throws(Errno) {
            try write([UInt8](repeating: 0, count: wanted), at: 0)
            half = wanted / 2
        } catch {
            _ = ftruncate(file.raw, off_t(size))
            if size == 0 {
                try? FileSystem.remove(path)
                throw Self.refusal(path, error)
            }
        }
    }

    private static func refusal(_ path: String, _ error: Errno) -> DatabaseRefusal {
        DatabaseRefusal(
            error.isPassingShortage ? .shortage : .unreachable,
            "\(path), which keeps alerts while the disk is full, cannot be made: \(error.message)")
    }

    /// What was saved last, and is not written into the history yet.
    func read() -> HistoryBatch? {
        var found: (number: UInt64, content: HistoryBatch)?
        for place in [0, half] where half > Self.headLength {
            let head = read(at: place, count: Self.headLength)
            guard head.count == Self.headLength, head.starts(with: Self.magic) else { continue }
            let (number, length, sum) = (Self.integer(head, 8), Self.integer(head, 16), Self.integer(head, 24))
            guard number > (found?.number ?? 0), length <= half - Self.headLength else { continue }
            let text = read(at: place + Self.headLength, count: Int(length))
            // A half that was cut off must not be taken for a whole one.
            guard Digest.hash(text) == sum,
                let content = try? JSONDecoder().decode(HistoryBatch.self, from: Data(text))
            else { continue }
            found = (number, content)
        }
        number = max(number, found?.number ?? 0)
        return found?.content
    }

    /// Saves in place of what was saved before, safe from a kill; false where it cannot be, or has no room.
    func save(_ content: HistoryBatch) -> Bool {
        for content in content.smaller {
            guard let text = try? JSONEncoder().encode(content), text.count <= half - Self.headLength else { continue }
            number &+= 1
            let bytes = Array(text)
            let head = Self.magic + [number, UInt64(bytes.count), Digest.hash(bytes)].flatMap(Self.bytes)
            let place = number.isMultiple(of: 2) ? 0 : half
            do throws(Errno) {
                // The head last: until it is there, the other half counts.
                try write(bytes, at: place + Self.headLength)
                try write(head, at: place)
                return true
            } catch {
                return false
            }
        }
        return false
    }

    /// Forgets what was saved: it stands in the history now.
    func clear() {
        for place in [0, half] {
            try? write([UInt8](repeating: 0, count: Self.headLength), at: place)
        }
    }

    // MARK: Bytes

    private func write(_ bytes: [UInt8], at offset: Int) throws(Errno) {
        try file.writeAll(bytes, at: Int64(offset))
        guard fsync(file.raw) == 0 else { throw Errno.last("fsync") }
    }

    private func read(at offset: Int, count: Int) -> [UInt8] {
        (try? file.read(at: Int64(offset), count: count)) ?? []
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
    }

    private static func integer(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension KeepAliveError {
    /// A file that is not used as the history, with what to do.
    static func refused(_ refusal: DatabaseRefusal) -> KeepAliveError {
        refusal.kind == .shortage
            ? .system("database: \(refusal); free disk space, memory or descriptors")
            : .configuration(["database: \(refusal.words)"])
    }
}

extension DatabaseRefusal {
    /// What is wrong, and what to do.
    var words: String {
        switch kind {
        case .foreign: "\(description); it was not changed: set database (--database) to another file"
        case .newer:
            "\(description): install that version of health-monitor, or set database (--database) to another file"
        case .unreachable: "\(description): set database (--database) to a file in a writable folder"
        case .shortage: description
        }
    }
}
