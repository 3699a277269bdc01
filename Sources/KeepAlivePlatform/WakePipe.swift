/// Wakes the one thread that polls it: from any thread, and from a signal handler by its raw end. If a thread waits for
/// nothing else, use ``Bell``, which needs no descriptors.
package struct WakePipe: ~Copyable, Sendable {
    private let pipe: FileDescriptor.Pipe

    /// - Throws: `Errno` when there are no two free descriptors.
    package init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
    }

    /// The descriptor to poll; it is readable after a wake-up.
    package var readEnd: Int32 { pipe.read.raw }

    /// Where a signal handler may write one byte, such as the signal's number.
    package var writeEnd: Int32 { pipe.write.raw }

    /// Never waits: if the pipe is full, the thread wakes anyway.
    package func wake() {
        _ = try? pipe.write.write([0].span)
    }

    /// Empties the pipe.
    ///
    /// - Returns: the bytes that signal handlers wrote, in their order.
    @discardableResult
    package func drain() -> [UInt8] {
        ((try? pipe.read.readSome(256)) ?? []).filter { $0 != 0 }
    }
}
