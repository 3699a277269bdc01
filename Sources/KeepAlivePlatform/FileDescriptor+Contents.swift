extension FileDescriptor {
    /// Reads a file that a person has named, up to `limit` bytes or a little more.
    ///
    /// Waits for a pipe's writer, such as a shell's `<(command)`, for 10 s at most.
    ///
    /// - Parameter patience: the time for a named pipe without a writer to get one.
    /// - Throws: also ``Errno/unwritten`` for a pipe that ends without a byte, and ``Errno/slowWriter``.
    package static func contents(
        of path: String, limit: Int, patience: Duration = .seconds(1)
    ) throws(Errno) -> [UInt8] {
        // Opening a named pipe without a writer must not hang.
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
        let isPipe = try FileStatus(file).isPipe
        // Without a writer, a named pipe reads as if it had ended.
        if isPipe { try file.waitForBytes(until: .now().advanced(by: patience)) }
        let end = MonotonicTime.now().advanced(by: .seconds(10))
        var bytes: [UInt8] = []
        while bytes.count < limit {
            guard let part = try file.readSome(64 * 1024) else {
                guard MonotonicTime.now() < end else { throw .slowWriter }
                try file.waitForBytes(until: end)
                continue
            }
            if part.isEmpty { break }
            bytes += part
        }
        if isPipe, bytes.isEmpty { throw .unwritten }
        return bytes
    }

    /// Waits until there is something to read, or the writer has gone.
    private func waitForBytes(until deadline: MonotonicTime) throws(Errno) {
        var poller = Poller()
        let entry = poller.add(raw, read: true, write: false)
        // A signal ends one wait early.
        repeat { try poller.wait(until: deadline) } while !poller.isReadable(entry) && MonotonicTime.now() < deadline
    }
}
