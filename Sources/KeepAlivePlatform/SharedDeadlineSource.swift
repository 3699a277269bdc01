import Synchronization

#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// The writing end of ``SharedDeadline``: makes the sealed memory file, and moves the deadline in it.
@safe package final class SharedDeadlineSource: @unchecked Sendable {
    // Unchecked: the mapping is never unmapped before deinit, and is written atomically.
    private let memory: UnsafeMutableRawPointer
    private let reader: FileDescriptor

    /// Makes the file, with no deadline.
    package init() throws(Errno) {
        #if os(Linux)
            let raw = unsafe ckeepalive_memory_file("keepalive-lease")
            guard raw >= 0 else { throw Errno.last("memfd_create") }
            let file = FileDescriptor(owning: raw)
            guard ftruncate(raw, off_t(Self.length)) == 0 else { throw Errno.last("ftruncate") }
            guard let memory = unsafe mmap(nil, Self.length, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0),
                unsafe memory != MAP_FAILED
            else { throw Errno.last("mmap") }
            unsafe self.memory = memory
            // A reader of a file that shrinks would end by SIGBUS.
            guard ckeepalive_seal(raw) == 0 else {
                unsafe munmap(memory, Self.length)
                throw Errno.last("fcntl")
            }
            do throws(Errno) {
                // The bot may read the deadline, and not move it.
                reader = try FileDescriptor.open("/proc/self/fd/\(file.raw)", flags: O_RDONLY)
            } catch {
                unsafe munmap(memory, Self.length)
                throw error
            }
        #else
            throw Errno("memfd_create", code: ENOSYS)
        #endif
    }

    deinit {
        unsafe munmap(memory, Self.length)
    }

    private static let length = 8

    /// The descriptor that a child inherits: it can only read.
    package var raw: Int32 { reader.raw }

    /// Moves the deadline, a time of ``BootClock``; nil is none.
    package func set(_ deadline: Duration?) {
        let nanoseconds = deadline.map { UInt64(clamping: max(1, $0.saturatedNanoseconds)) } ?? 0
        unsafe memory.assumingMemoryBound(to: Atomic<UInt64>.self).pointee
            .store(nanoseconds.littleEndian, ordering: .releasing)
    }
}
