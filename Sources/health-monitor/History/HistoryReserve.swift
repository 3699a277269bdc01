import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
/// Reserves disk space early for the data that alerts depend on, for use while the history cannot be written.
///
/// A file of two halves, written in turn, so that a kill during a write leaves the other half intact. The file is
/// filled when it is made; later writes reuse its blocks and need no space. Copy-on-write file systems such as btrfs
/// are the exception.
///
/// Not Sendable: it belongs to `History`.
final class HistoryReserve {
    /// The suffix of the file after the database's path.
    static let suffix = "-reserve"

    private static let magic = Array("KAHMRSV1".utf8)
    /// Magic, number, length and checksum of a half's content, 8 bytes each.
    private static let headLength = 32
    /// What a store needs to open on a full disk (32 KiB of shared memory for SQLite), and for its first writes.
    private static let room = 131_072

    private let file: FileDescriptor
    private var half = 0
    private var number: UInt64 = 0

    /// Opens or creates the file.
    ///
    /// - Throws: `DatabaseRefusal` if the file belongs to another program, or the disk lacks space for it.
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
        // A target's state and its waiting events take some hundred bytes each.
        let wanted = 2 * (131_072 + 1024 * max(0, targets))
        // Uncommitted content stays in place.
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

    /// The last saved content that is not in the history yet.
    func read() -> HistoryBatch? { latest()?.content }

    /// Gives some of its space to the full disk, and keeps what is saved. The next start fills it again.
    ///
    /// - Returns: whether it was large enough for that.
    func makeRoom() -> Bool {
        let smaller = half - Self.room / 2
        guard smaller >= Self.room / 2 else { return false }
        // The first half stays where it is, and the halves are written in turn.
        if let saved = latest(), saved.end > half { _ = save(saved.content) }
        guard latest().map({ $0.end <= smaller }) ?? true, ftruncate(file.raw, off_t(2 * smaller)) == 0 else {
            return false
        }
        half = smaller
        return true
    }

    /// The last saved content, and where it ends in the file.
    private func latest() -> (content: HistoryBatch, end: Int)? {
        var found: (number: UInt64, content: HistoryBatch, end: Int)?
        for place in [0, half] where half > Self.headLength {
            let head = read(at: place, count: Self.headLength)
            guard head.count == Self.headLength, head.starts(with: Self.magic) else { continue }
            let (number, length, sum) = (Self.integer(head, 8), Self.integer(head, 16), Self.integer(head, 24))
            guard number > (found?.number ?? 0), length <= half - Self.headLength else { continue }
            let text = read(at: place + Self.headLength, count: Int(length))
            // A truncated half must not pass as complete.
            guard Digest.hash(text) == sum,
                let content = try? JSONDecoder().decode(HistoryBatch.self, from: Data(text))
            else { continue }
            found = (number, content, place + Self.headLength + Int(length))
        }
        number = max(number, found?.number ?? 0)
        return found.map { (content: $0.content, end: $0.end) }
    }

    /// Replaces the saved content, safely against a kill; false if it cannot be written or does not fit.
    func save(_ content: HistoryBatch) -> Bool {
        for content in content.smaller {
            guard let text = try? JSONEncoder().encode(content), text.count <= half - Self.headLength else { continue }
            number &+= 1
            let bytes = Array(text)
            let head = Self.magic + [number, UInt64(bytes.count), Digest.hash(bytes)].flatMap(Self.bytes)
            let place = number.isMultiple(of: 2) ? 0 : half
            do throws(Errno) {
                // Write the head last: until then the other half is valid.
                try write(bytes, at: place + Self.headLength)
                try write(head, at: place)
                return true
            } catch {
                return false
            }
        }
        return false
    }

    /// Erases the saved content, because the history has it now.
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
    /// The error for an unusable file, with what to do.
    static func refused(_ refusal: DatabaseRefusal) -> KeepAliveError {
        refusal.kind == .shortage
            ? .system("database: \(refusal); free disk space, memory or descriptors")
            : .configuration(["database: \(refusal.words)"])
    }
}

extension DatabaseRefusal {
    /// The problem, and what to do.
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
