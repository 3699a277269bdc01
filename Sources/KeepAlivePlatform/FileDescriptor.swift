/// An open file descriptor with exactly one owner; it is closed with its owner.
package struct FileDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes ownership of an open descriptor.
    package init(owning raw: Int32) {
        self.raw = raw
    }

    deinit {
        // close(2) on Linux frees the descriptor even when it reports EINTR: never retry.
        _ = close(raw)
    }

    /// Opens a file; the descriptor does not leak into child processes.
    package static func open(_ path: String, flags: Int32, mode: UInt16 = 0o644) throws(Errno) -> FileDescriptor {
        while true {
            let raw = unsafe KeepAlivePlatform.open(path, flags | O_CLOEXEC, mode_t(mode))
            if raw >= 0 { return FileDescriptor(owning: raw) }
            let error = Errno.last("open")
            if !error.isInterrupted { throw error }
        }
    }

    /// Opens or creates a file of the program's own. It never follows a link, and never waits for the other end of a
    /// named pipe in its place.
    ///
    /// - Parameter takesDevices: whether to accept a device, such as /dev/null.
    package static func openOwn(
        _ path: String, flags: Int32, mode: UInt16 = 0o600, takesDevices: Bool = false
    ) throws(Errno) -> FileDescriptor {
        let file: FileDescriptor
        do throws(Errno) {
            file = try open(path, flags: flags | O_NOFOLLOW | O_NONBLOCK, mode: mode)
        } catch {
            throw [ELOOP, EISDIR, ENXIO].contains(error.code) ? Errno.notAFile(path) : error
        }
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else { throw Errno.last("fstat") }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || takesDevices && kind == S_IFCHR else { throw Errno.notAFile(path) }
        return file
    }

    /// A pipe; both ends are non-blocking and close on exec.
    package static func pipe() throws(Errno) -> Pipe {
        var ends: [Int32] = [-1, -1]
        guard unsafe KeepAlivePlatform.pipe(&ends) == 0 else { throw Errno.last("pipe") }
        let read = FileDescriptor(owning: ends[0])
        let write = FileDescriptor(owning: ends[1])
        try FileDescriptor.prepare(read.raw)
        try FileDescriptor.prepare(write.raw)
        return Pipe(read: read, write: write)
    }

    /// The two ends of a pipe.
    package struct Pipe: ~Copyable, Sendable {
        package let read: FileDescriptor
        package let write: FileDescriptor

        /// The reading end alone; the writing end is closed.
        package consuming func takeRead() -> FileDescriptor { read }
    }

    /// Makes a descriptor non-blocking and close-on-exec, by fcntl(2): not every system has `accept4` and `pipe2`.
    package static func prepare(_ raw: Int32) throws(Errno) {
        guard fcntl(raw, F_SETFD, FD_CLOEXEC) == 0 else { throw Errno.last("fcntl") }
        let flags = fcntl(raw, F_GETFL)
        guard flags >= 0, fcntl(raw, F_SETFL, flags | O_NONBLOCK) == 0 else { throw Errno.last("fcntl") }
    }

    /// Reads once, at most up to the capacity; 0 is the end of the file.
    package func read(into bytes: inout [UInt8]) throws(Errno) -> Int {
        try FileDescriptor.read(into: &bytes, from: raw)
    }

    /// Reads once from a descriptor with another owner.
    package static func read(into bytes: inout [UInt8], from raw: Int32) throws(Errno) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe KeepAlivePlatform.read(raw, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            let error = Errno.last("read")
            if !error.isInterrupted { throw error }
        }
    }

    /// Reads the available bytes, up to a limit: nil when there are none yet, empty at the end of the file.
    package func readSome(_ most: Int) throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: most)
        do throws(Errno) {
            // Not in one expression: that would evaluate the bytes before they are read.
            let count = try read(into: &bytes)
            return Array(bytes.prefix(count))
        } catch {
            if error.isWouldBlock { return nil }
            throw error
        }
    }

    /// Writes once, perhaps only a part; returns the number of bytes written.
    package func write(_ bytes: Span<UInt8>) throws(Errno) -> Int {
        try FileDescriptor.write(bytes, to: raw)
    }

    /// Writes once to a descriptor with another owner, such as standard error.
    package static func write(_ bytes: Span<UInt8>, to raw: Int32) throws(Errno) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeBufferPointer {
                unsafe KeepAlivePlatform.write(raw, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            let error = Errno.last("write")
            if !error.isInterrupted { throw error }
        }
    }

    /// Writes a text and a line end, in one write if possible, so that it does not mix with another line. A failure is
    /// ignored: there is no place to report it.
    ///
    /// - Parameter mayWait: whether to wait until a non-blocking descriptor takes the rest, as write(2) waits for a
    ///   blocking one; if not, the rest is lost, and a reader that has gone raises no SIGPIPE.
    package static func print(_ text: String, to raw: Int32, mayWait: Bool = true) {
        let bytes = Array("\(text)\n".utf8)
        var done = 0
        while done < bytes.count {
            do throws(Errno) {
                let rest = bytes.span.extracting(done...)
                done += try mayWait ? write(rest, to: raw) : writeQuietly(rest, to: raw)
            } catch {
                guard mayWait, error.isWouldBlock else { return }
                var end = Poller()
                end.add(raw, read: false, write: true)
                try? end.wait(until: nil)
            }
            if !mayWait { return }
        }
    }

    /// Writes a command's result to a descriptor with another owner, such as standard output, and waits until a
    /// non-blocking one takes all. A reader that has gone has read enough.
    package static func writeResult(_ text: String, to raw: Int32) throws(Errno) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            do throws(Errno) {
                done += try write(bytes.span.extracting(done...), to: raw)
            } catch {
                if error.code == EPIPE { return }
                guard error.isWouldBlock else { throw error }
                var end = Poller()
                end.add(raw, read: false, write: true)
                try? end.wait(until: nil)
            }
        }
    }

    /// Writes everything.
    package func writeAll(_ bytes: [UInt8]) throws(Errno) {
        var done = 0
        while done < bytes.count { done += try write(bytes.span.extracting(done...)) }
    }

    /// Reads to the end, or up to `limit` bytes.
    package func readAll(limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = try read(into: &chunk)
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }
}
