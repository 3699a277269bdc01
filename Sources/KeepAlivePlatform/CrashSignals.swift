/// Lets a sent signal end the process as a real fault does.
///
/// Swift's backtracer writes its report and returns, so that the faulting instruction faults again and ends the
/// process. After `kill -SEGV` there is no such instruction: the process continued after its own crash report and
/// looked healthy (seen with Swift 6.3.1 on Linux). Without a backtracer nothing is changed.
package enum CrashSignals {
    #if canImport(Glibc)
        private static let signals = [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGQUIT]

        /// The earlier handlers, by signal number. Written once, before a handler that reads it can run.
        private nonisolated(unsafe) static let earlier: UnsafeMutablePointer<sigaction> = {
            let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
            unsafe actions.initialize(repeating: sigaction(), count: 65)
            return unsafe actions
        }()

        package static func install() {
            for signal in signals {
                var before = sigaction()
                guard unsafe sigaction(signal, nil, &before) == 0, before.sa_flags & Int32(SA_SIGINFO) != 0,
                    !isOurs(before)
                else { continue }
                unsafe earlier[Int(signal)] = before
                var action = before
                unsafe action.__sigaction_handler.sa_sigaction = handle
                unsafe sigaction(signal, &action, nil)
            }
        }

        /// Restores the earlier handlers.
        package static func release() {
            for signal in signals {
                var present = sigaction()
                guard unsafe sigaction(signal, nil, &present) == 0, present.sa_flags & Int32(SA_SIGINFO) != 0,
                    isOurs(present)
                else { continue }
                unsafe sigaction(signal, &earlier[Int(signal)], nil)
            }
        }

        private static func isOurs(_ action: sigaction) -> Bool {
            unsafe unsafeBitCast(action.__sigaction_handler.sa_sigaction, to: Int.self)
                == unsafeBitCast(handle as Handler?, to: Int.self)
        }

        private typealias Handler =
            @convention(c) (
                Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?
            ) -> Void

        private static let handle: Handler = { signal, info, context in
            unsafe earlier[Int(signal)].__sigaction_handler.sa_sigaction?(signal, info, context)
            // Zero and less: sent by a process (sigaction(2), si_code). A fault faults again by itself.
            guard let info = unsafe info, unsafe info.pointee.si_code <= 0 else { return }
            var standard = sigaction()
            unsafe standard.__sigaction_handler.sa_handler = SIG_DFL
            unsafe sigaction(signal, &standard, nil)
            kill(getpid(), signal)
        }
    #else
        package static func install() {}
        package static func release() {}
    #endif
}
