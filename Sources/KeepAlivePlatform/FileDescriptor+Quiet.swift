extension FileDescriptor {
    /// Writes once without SIGPIPE: when the reader has gone it fails with EPIPE, whatever the program does.
    package static func writeQuietly(_ bytes: Span<UInt8>, to raw: Int32) throws(Errno) -> Int {
        var pipe = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        do throws(Errno) {
            return try write(bytes, to: raw)
        } catch {
            // The signal waits for this thread. If the program itself has blocked it, it may stay.
            if error.code == EPIPE, unsafe sigismember(&before, SIGPIPE) == 0 { discard(&pipe) }
            throw error
        }
    }

    private static func discard(_ signals: inout sigset_t) {
        #if canImport(Darwin)
            // It has no sigtimedwait(2), and keeps no signal that the program ignores.
            var pending = sigset_t()
            var number: Int32 = 0
            sigpending(&pending)
            if sigismember(&pending, SIGPIPE) == 1 { sigwait(&signals, &number) }
        #else
            var none = timespec()
            unsafe sigtimedwait(&signals, nil, &none)
        #endif
    }
}
