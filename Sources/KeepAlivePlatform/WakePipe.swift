/// Wakes the one thread that waits for it in poll(2): from any thread, and from a signal handler by its raw end. Where a thread
/// waits for nothing else, ``Bell`` does without descriptors.
package struct WakePipe: ~Copyable, Sendable {
    private let pipe: FileDescriptor.Pipe

    /// - Throws: `Errno` when there are no two descriptors to be had.
    package init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
    }

    /// Where to wait: it can be read once somebody wakes.
    package var readEnd: Int32 { pipe.read.raw }

    /// Where a signal handler may write one byte, such as the signal's number.
    package var writeEnd: Int32 { pipe.write.raw }

    /// Never waits: a full pipe wakes as well.
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
