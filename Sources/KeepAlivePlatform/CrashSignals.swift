/// Makes a signal that somebody sends end the process as one that a fault raises.
///
/// Swift's backtracer writes its report and returns, so that the faulting instruction faults again and ends the process.
/// Behind `kill -SEGV` there is no such instruction, and the process ran on after its own crash report, healthy to all who
/// asked (seen with Swift 6.3.1 on Linux). Nothing is changed where no backtracer is installed.
package enum CrashSignals {
    #if canImport(Glibc)
        private static let signals = [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGQUIT]

        /// The handlers that were there before, by the signal's number. Written once, before a handler can run that reads it.
        private nonisolated(unsafe) static let earlier: UnsafeMutablePointer<sigaction> = {
            let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
            actions.initialize(repeating: sigaction(), count: 65)
            return actions
        }()

        package static func install() {
            for signal in signals {
                var before = sigaction()
                guard sigaction(signal, nil, &before) == 0, before.sa_flags & Int32(SA_SIGINFO) != 0,
                    !isOurs(before)
                else { continue }
                earlier[Int(signal)] = before
                var action = before
                action.__sigaction_handler.sa_sigaction = handle
                sigaction(signal, &action, nil)
            }
        }

        /// Puts back what was there before.
        package static func release() {
            for signal in signals {
                var present = sigaction()
                guard sigaction(signal, nil, &present) == 0, present.sa_flags & Int32(SA_SIGINFO) != 0,
                    isOurs(present)
                else { continue }
                sigaction(signal, &earlier[Int(signal)], nil)
            }
        }

        private static func isOurs(_ action: sigaction) -> Bool {
            unsafeBitCast(action.__sigaction_handler.sa_sigaction, to: Int.self)
                == unsafeBitCast(handle as Handler?, to: Int.self)
        }

        private typealias Handler =
            @convention(c) (
                Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?
            ) -> Void

        private static let handle: Handler = { signal, info, context in
            earlier[Int(signal)].__sigaction_handler.sa_sigaction?(signal, info, context)
            // Zero and less: sent by a process (sigaction(2), si_code). A fault faults again by itself.
            guard let info, info.pointee.si_code <= 0 else { return }
            var standard = sigaction()
            standard.__sigaction_handler.sa_handler = SIG_DFL
            sigaction(signal, &standard, nil)
            kill(getpid(), signal)
        }
    #else
        package static func install() {}
        package static func release() {}
    #endif
}
