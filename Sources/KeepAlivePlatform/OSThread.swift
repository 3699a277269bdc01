/// A plain thread of the operating system: it runs regardless of Swift's cooperative pool.
package enum OSThread {
    /// Starts a detached thread.
    ///
    /// The thread starts with SIGTERM and SIGINT unblocked. From a thread of the cooperative pool it would inherit a
    /// mask that blocks them. If all other threads block them too, the signal would stay pending.
    ///
    /// - Parameters:
    ///   - name: its name in `ps -L` and in backtraces; Linux keeps 15 bytes.
    ///   - stackSize: bytes of address space; memory is used only when touched.
    ///   - takesSignals: false leaves all signals to the program's other threads.
    ///   - body: what the thread runs; the thread ends when it returns.
    /// - Throws: `Errno` when the system has no thread left.
    package static func start(
        name: String, stackSize: Int = 512 * 1024, takesSignals: Bool = true, _ body: @escaping @Sendable () -> Void
    ) throws(Errno) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        let start = unsafe Unmanaged.passRetained(Start(name: name, takesSignals: takesSignals, body: body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(
                &thread, &attributes,
                { argument in
                    Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                }, start.toOpaque())
        #else
            var thread = pthread_t()
            let code = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    if let argument = unsafe argument {
                        unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                    }
                    return nil
                }, unsafe start.toOpaque())
        #endif
        guard code == 0 else {
            unsafe start.release()
            throw Errno("pthread_create", code: code)
        }
    }

    /// Lets this thread sleep, when it cannot wait for an event.
    package static func rest(milliseconds: Int32) {
        _ = poll(nil, 0, milliseconds)
    }

    /// Unblocks every signal for this thread: a parent may have started the process with blocked signals.
    package static func unblockAllSignals() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    private final class Start {
        let name: String
        let takesSignals: Bool
        let body: @Sendable () -> Void

        init(name: String, takesSignals: Bool, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.takesSignals = takesSignals
            self.body = body
        }

        func run() {
            var signals = sigset_t()
            if takesSignals {
                unsafe sigemptyset(&signals)
                unsafe sigaddset(&signals, SIGTERM)
                unsafe sigaddset(&signals, SIGINT)
            } else {
                unsafe sigfillset(&signals)
            }
            unsafe pthread_sigmask(takesSignals ? SIG_UNBLOCK : SIG_SETMASK, &signals, nil)
            #if canImport(Darwin)
                pthread_setname_np(name)
            #elseif os(Linux)
                // Swift's Glibc module lacks the GNU extension pthread_setname_np; the kernel's file is equivalent.
                if let file = try? FileDescriptor.open("/proc/thread-self/comm", flags: O_WRONLY) {
                    _ = try? file.write(Array(name.utf8.prefix(15)).span)
                }
            #endif
            body()
        }
    }
}
