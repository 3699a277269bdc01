#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// A process as a descriptor: unlike its number, that never means another process (pidfd_open(2)). Linux 5.3 and newer.
package struct ProcessHandle: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// A handle of a process that this process has not reaped yet, such as a child.
    package init(of process: Int32) throws(Errno) {
        #if os(Linux)
            let raw = ckeepalive_pidfd(process)
            guard raw >= 0 else { throw Errno.last("pidfd_open") }
            descriptor = FileDescriptor(owning: raw)
        #else
            throw Errno("pidfd_open", code: ENOSYS)
        #endif
    }

    /// Takes ownership of a handle that another process sent.
    package init(owning descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// The descriptor to wait on: it is readable once the process has ended.
    package var raw: Int32 { descriptor.raw }

    /// Whether the process has ended, reaped or not.
    package var hasEnded: Bool { Poller.isReadable(descriptor.raw) }

    /// Sends a signal, if the process has not been reaped.
    ///
    /// - Returns: whether it was sent.
    @discardableResult
    package func signal(_ number: Int32) -> Bool {
        #if os(Linux)
            ckeepalive_pidfd_signal(descriptor.raw, number) == 0
        #else
            false
        #endif
    }
}
