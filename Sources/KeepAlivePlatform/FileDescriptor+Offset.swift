/// Reads and writes at an offset of a file (pread(2), pwrite(2)), independent of earlier reads.
extension FileDescriptor {
    /// The bytes at an offset; fewer at the end of the file.
    package func read(at offset: Int64, count: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let part = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(raw, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset) + off_t(done))
            }
            if part == 0 { break }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw Errno.last("pread") }
            done += part
        }
        bytes.removeLast(count - done)
        return bytes
    }

    /// Writes everything at an offset.
    package func writeAll(_ bytes: [UInt8], at offset: Int64) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let part = unsafe bytes[done...].withUnsafeBytes {
                unsafe pwrite(raw, $0.baseAddress, $0.count, off_t(offset) + off_t(done))
            }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw Errno.last("pwrite") }
            done += part
        }
    }
}
