import KeepAlivePlatform

/// A regular file for random reads; it is never changed.
struct Bytes: ~Copyable {
    private let file: FileDescriptor
    let size: Int

    /// - Throws: when it cannot be opened.
    init(_ path: String) throws(DatabaseRefusal) {
        do throws(Errno) {
            let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let status = try FileStatus(file)
            guard status.isRegular else { throw Errno("open", code: EINVAL) }
            size = Int(status.size)
            self.file = file
        } catch {
            throw .failed(path, error)
        }
    }

    /// The bytes at an offset; fewer at the end of the file, or if it cannot be read.
    func read(at offset: Int, count: Int) -> [UInt8] {
        (try? file.read(at: Int64(offset), count: count)) ?? []
    }
}
