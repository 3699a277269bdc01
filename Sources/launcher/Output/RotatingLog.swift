import KeepAliveKit
import KeepAlivePlatform

/// A log file of bounded size: `name`, and older parts as `name.1` to `name.5`.
///
/// A full disk stops no one: what cannot be written is counted, the trouble is told once, and the end of it too. Lines
/// are never split between two parts. Not safe for several threads.
struct RotatingLog: ~Copyable {
    /// What a write brought about that somebody should know.
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
    /// The most that could not be written at once.
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

    /// Whether what was lost would fit now. On a disk that is nearly full a short line still does, and the trouble would be
    /// told with each line.
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
                // Half a line would be glued to the next one once there is room again.
                if done > 0, ftruncate(raw, off_t(size)) == 0 { done = 0 }
                throw error
            }
        }
    }

    /// A file that somebody removed or renamed, as logrotate(8) does, is no longer written to. Looked at once a second at
    /// most: whoever moves a log waits for longer than that.
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

    /// Moves each part to the next number; the oldest goes. Where renaming fails the file just grows on.
    private mutating func rotate() {
        // What somebody else has put there meanwhile is not ours to move.
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
