import KeepAlivePlatform

/// A regular file that is read here and there, and never changed.
struct Bytes: ~Copyable {
    private let file: FileDescriptor
    let size: Int

    /// - Throws: when it cannot be opened.
    init(_ path: String) throws(DatabaseRefusal) {
        do throws(Errno) {
            let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let status = try FileStatus(file)
            guard status.isRegular else { throw Errno("open", code: EINVAL) }
            size = status.size
            self.file = file
        } catch {
            throw .failed(path, error)
        }
    }

    /// The bytes at an offset, fewer at the end of the file or where it cannot be read.
    func read(at offset: Int, count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let read = unsafe pread(file.raw, part.baseAddress, part.count, off_t(offset + filled))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                filled += read
            }
        }
    }
}
