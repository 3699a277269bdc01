/// The destination of lines: standard output or error, or a file. A write never waits for a reader, and raises no
/// SIGPIPE.
///
/// O_NONBLOCK belongs to the open file, which a program shares with its parent and its children: setting it would
/// change their writes. So a pipe or terminal is reopened through /proc for this program alone, and a socket is written
/// with MSG_DONTWAIT. If neither works, poll(2) must report room before each piece of PIPE_BUF is written. That waits
/// only if another process fills the pipe in between.
package struct OutputEnd: ~Copyable, Sendable {
    private enum Way {
        /// Never waits: a file, a device, or a descriptor of our own.
        case direct
        case socket
        case polled
    }

    private let raw: Int32
    private let own: FileDescriptor?
    private let way: Way

    private init(_ raw: Int32, _ way: Way, own: consuming FileDescriptor?) {
        self.raw = raw
        self.way = way
        self.own = own
    }

    /// A descriptor with another owner, such as standard error.
    package init(_ raw: Int32) {
        var status = stat()
        let kind = unsafe fstat(raw, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        guard kind != S_IFSOCK else {
            self.init(raw, .socket, own: nil)
            return
        }
        guard kind == S_IFIFO || kind == S_IFCHR && isatty(raw) == 1 else {
            self.init(raw, .direct, own: nil)
            return
        }
        if let file = Self.openAgain(raw) { self.init(owning: file) } else { self.init(raw, .polled, own: nil) }
    }

    /// A file opened with O_NONBLOCK.
    package init(owning file: consuming FileDescriptor) {
        self.init(file.raw, .direct, own: file)
    }

    /// Writes as much as is taken within a time.
    ///
    /// - Returns: how many bytes were taken, and why not all.
    package func write(_ bytes: Span<UInt8>, patience: Duration) -> (count: Int, failure: Errno?) {
        var done = 0
        var deadline: MonotonicTime?
        while done < bytes.count {
            do throws(Errno) {
                let count = try writeOnce(bytes.extracting(done...))
                if count == 0 { return (done, nil) }
                done += count
            } catch {
                guard error.isWouldBlock else { return (done, error) }
                let now = MonotonicTime.now()
                let end = deadline ?? now.advanced(by: patience)
                deadline = end
                // Rounded up, and once more at the end of the time: room may have appeared.
                let left = end.since(now).saturatedNanoseconds
                guard left > 0, Poller.isWritable(raw, within: Int32(clamping: left / 1_000_000 + 1)) else {
                    return (done, error)
                }
            }
        }
        return (done, nil)
    }

    /// Whether it takes bytes now.
    package var hasRoom: Bool { Poller.isWritable(raw, within: 0) }

    private func writeOnce(_ bytes: Span<UInt8>) throws(Errno) -> Int {
        switch way {
        case .direct: return try FileDescriptor.writeQuietly(bytes, to: raw)
        case .socket: return try Socket.send(bytes, to: raw, flags: Int32(MSG_DONTWAIT))
        case .polled:
            guard Poller.isWritable(raw, within: 0) else { throw Errno("write", code: EAGAIN) }
            return try FileDescriptor.writeQuietly(bytes.extracting(first: Int(PIPE_BUF)), to: raw)
        }
    }

    private static func openAgain(_ raw: Int32) -> FileDescriptor? {
        #if os(Linux)
            try? FileDescriptor.open("/proc/self/fd/\(raw)", flags: O_WRONLY | O_NONBLOCK | O_NOCTTY)
        #else
            nil
        #endif
    }
}
