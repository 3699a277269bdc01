import KeepAliveKit
import KeepAlivePlatform

/// A log file of bounded size: `name`, with older parts in `name.1` to `name.5`.
///
/// A full disk blocks nothing: lost lines are counted, and the trouble is reported once at its beginning and end. No
/// line is split between two parts. Not thread-safe.
struct RotatingLog: ~Copyable {
    /// A problem to report after a write.
    enum Trouble: Equatable {
        case began(String)
        case ended(lostBytes: Int)
    }

    private let path: String
    private let limit: Int
    private let parts: Int
    private var file: FileDescriptor?
    private var size = 0
    private var lostBytes = 0
    private var isInTrouble = false
    private var identity: FileIdentity?
    private var lookedAt = MonotonicTime.now()
    /// The largest block that could not be written.
    private var largestLoss = 0

    init(path: String, limit: Int = 10 << 20, parts: Int = 5) {
        self.path = path
        self.limit = limit
        self.parts = parts
    }

    /// Appends whole lines.
    mutating func append(_ lines: [UInt8], at now: MonotonicTime = .now()) -> Trouble? {
        do throws(Errno) {
            closeIfMoved(at: now)
            if size > 0, size + lines.count > limit { rotate() }
            try openIfNeeded()
            try write(lines)
            guard isInTrouble, hasRoom else { return nil }
            isInTrouble = false
            defer { (lostBytes, largestLoss) = (0, 0) }
            return .ended(lostBytes: lostBytes)
        } catch {
            lostBytes += lines.count
            largestLoss = max(largestLoss, lines.count)
            guard !isInTrouble else { return nil }
            isInTrouble = true
            return .began("\(path): \(error.message)")
        }
    }

    /// Whether the largest lost block would fit now. On a nearly full disk a short line still fits, so the trouble
    /// would be reported for every line.
    private var hasRoom: Bool {
        guard let raw = descriptor else { return true }
        guard largestLoss <= FileSystem.room(behind: size) else { return false }
        return FileSystem.freeBytes(behind: raw).map { $0 >= UInt64(largestLoss) } ?? true
    }

    private mutating func openIfNeeded() throws(Errno) {
        guard file == nil else { return }
        let opened = try FileDescriptor.openOwn(
            path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o640, takesDevices: true)
        size = Int(clamping: lseek(opened.raw, 0, SEEK_END))
        identity = FileIdentity(descriptor: opened.raw)
        file = consume opened
        if size >= limit {
            rotate()
            try openIfNeeded()
        }
    }

    private mutating func write(_ lines: [UInt8]) throws(Errno) {
        guard let raw = descriptor else { return }
        var done = 0
        defer { size += done }
        while done < lines.count {
            do throws(Errno) {
                done += try FileDescriptor.write(lines.span.extracting(done...), to: raw)
            } catch {
                // A partial line would merge with the next one once there is space.
                if done > 0, ftruncate(raw, off_t(size)) == 0 { done = 0 }
                throw error
            }
        }
    }

    /// Closes a file that was removed or renamed, for example by logrotate(8). Checked at most once a second: log
    /// rotation waits longer than that.
    private mutating func closeIfMoved(at now: MonotonicTime) {
        guard descriptor != nil, now.since(lookedAt) >= .seconds(1) else { return }
        lookedAt = now
        if FileIdentity(path: path) != identity {
            file = nil
            size = 0
        }
    }

    private var descriptor: Int32? {
        switch file {
        case .some(let file): file.raw
        case .none: nil
        }
    }

    /// Renames each part to the next number and drops the oldest. If renaming fails, the file keeps growing.
    private mutating func rotate() {
        // Another program's file at this path must not be renamed.
        if let identity, FileIdentity(path: path) != identity {
            file = nil
            size = 0
            return
        }
        for number in stride(from: parts - 1, through: 1, by: -1) {
            try? FileSystem.move("\(path).\(number)", to: "\(path).\(number + 1)")
        }
        do throws(Errno) {
            try FileSystem.move(path, to: "\(path).1")
        } catch {
            if !error.isNotFound { return }
        }
        file = nil
        size = 0
    }
}
