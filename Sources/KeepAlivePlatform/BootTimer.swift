#if os(Linux)
    internal import CKeepAliveDescriptors
#endif

/// A descriptor that becomes readable at a time since boot. Unlike poll(2)'s own time limit, that counts suspension.
/// Linux only (timerfd_create(2)).
package struct BootTimer: ~Copyable, Sendable {
    private let timer: FileDescriptor

    package init() throws(Errno) {
        #if os(Linux)
            let raw = ckeepalive_boot_timer()
            guard raw >= 0 else { throw Errno.last("timerfd_create") }
            timer = FileDescriptor(owning: raw)
        #else
            throw Errno("timerfd_create", code: ENOSYS)
        #endif
    }

    /// The descriptor to wait on.
    package var raw: Int32 { timer.raw }

    /// Fires once at a time of ``BootClock``, at once if that has passed; nil never fires. It replaces the earlier time.
    package func set(_ time: Duration?) {
        #if os(Linux)
            // 0 would turn it off.
            let nanoseconds = time.map { UInt64(clamping: max(1, $0.saturatedNanoseconds)) } ?? 0
            _ = ckeepalive_boot_timer_set(timer.raw, nanoseconds)
        #endif
    }

    /// Forgets that it has fired; until then the descriptor stays readable.
    package func clear() { _ = try? timer.readSome(8) }
}
