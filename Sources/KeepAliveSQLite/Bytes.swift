import KeepAlivePlatform

/// A regular file that is read here and there, and never changed.
struct Bytes: ~Copyable {
    private let raw: Int32
    let size: Int

    /// - Throws: when it cannot be opened.
    init(_ path: String) throws(DatabaseRefusal) {
        var raw: Int32
        repeat { raw = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) } while raw < 0 && errno == EINTR
        guard raw >= 0 else { throw .failed(path, errno) }
        var status = stat()
        guard fstat(raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(raw)
            throw DatabaseRefusal(.foreign, "\(path) is no regular file")
        }
        self.raw = raw
        size = Int(status.st_size)
    }

    deinit { _ = close(raw) }

    /// The bytes at an offset, fewer at the end of the file or where it cannot be read.
    func read(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let read = pread(raw, part.baseAddress, part.count, off_t(offset + filled))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                filled += read
            }
        }
    }
}
