import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Catches SIGTERM and SIGINT (and SIGPIPE, to do nothing), and passes them as bytes to the event loop's pipe: almost nothing else is allowed in a
/// signal handler (signal-safety(7)).
///
/// A signal that comes before the loop runs ends the process with 0, since nothing is there yet to be stopped; one that
/// comes after it has ended changes nothing any more.
package enum SignalRelay {
    /// What a bot catches; the launcher passes on more.
    package static let standard = [SIGTERM, SIGINT]

    /// Where the handler writes; or one of the two states before and after.
    private static let target = Atomic<Int32>(notStarted)
    private static let notStarted: Int32 = -1
    private static let ended: Int32 = -2

    /// Takes signals over. Again does nothing.
    package static func install(_ signals: [Int32] = standard) {
        // The handler reads it; a first use inside the handler would initialise it there.
        _ = target.load(ordering: .relaxed)
        var action = sigaction()
        sigemptyset(&action.sa_mask)
        // Interrupted calls of the bot go on; without it every one of them would have to expect EINTR.
        action.sa_flags = Int32(SA_RESTART)
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handle
        #elseif canImport(Musl)
            action.__sa_handler.sa_handler = handle
        #else
            action.__sigaction_handler.sa_handler = handle
        #endif
        for signal in signals { sigaction(signal, &action, nil) }
        keepAlivePastBrokenPipes(&action)
    }

    /// A log reader that goes away must not take the bot along: the write fails instead. A handler that does nothing, and not
    /// SIG_IGN, which every child process would inherit (execve(2) keeps ignored signals ignored).
    private static func keepAlivePastBrokenPipes(_ action: inout sigaction) {
        var before = sigaction()
        sigaction(SIGPIPE, nil, &before)
        #if canImport(Darwin)
            guard before.__sigaction_u.__sa_handler == nil else { return }
            action.__sigaction_u.__sa_handler = { _ in }
        #elseif canImport(Musl)
            guard before.__sa_handler.sa_handler == nil else { return }
            action.__sa_handler.sa_handler = { _ in }
        #else
            guard before.__sigaction_handler.sa_handler == nil else { return }
            action.__sigaction_handler.sa_handler = { _ in }
        #endif
        sigaction(SIGPIPE, &action, nil)
    }

    /// From now on signals go to a pipe; the descriptor must stay open until `disconnect`.
    package static func connect(to pipe: Int32) {
        target.store(pipe, ordering: .sequentiallyConsistent)
    }

    /// From now on signals are ignored: the process is ending anyway, and with the exit code it was going to have.
    package static func disconnect() {
        target.store(ended, ordering: .sequentiallyConsistent)
    }

    private static let handle: @convention(c) (Int32) -> Void = { signal in
        let before = errno
        let pipe = target.load(ordering: .sequentiallyConsistent)
        if pipe == notStarted { _exit(0) }
        if pipe >= 0 {
            var byte = UInt8(truncatingIfNeeded: signal)
            _ = write(pipe, &byte, 1)
        }
        errno = before
    }

    /// A signal's name, for messages.
    static func name(_ signal: Int32) -> String {
        switch signal {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        default: "signal \(signal)"
        }
    }
}
