import Synchronization

/// Catches SIGTERM and SIGINT (and SIGPIPE, to do nothing), and passes them as bytes to a thread's pipe: almost nothing else is allowed in a
/// signal handler (signal-safety(7)).
///
/// A signal that comes before anybody listens ends the process with 0, since nothing is there yet to be stopped; one that
/// comes after the program is done ends it with the code that it was going to have.
package enum SignalRelay {
    /// What a program catches that only stops; the launcher passes on more.
    package static let standard = [SIGTERM, SIGINT]
    /// What stops a bot: also the end of its terminal.
    package static let bot = standard + [SIGHUP]

    /// Where the handler writes; or one of the two states before and after.
    private static let target = Atomic<Int32>(notStarted)
    private static let notStarted: Int32 = -1
    private static let ended: Int32 = -2
    /// The code of a process that a signal ends in its handler.
    private static let code = Atomic<Int32>(0)
    /// Whether the second SIGTERM or SIGINT ends the process, and whether the first one has come.
    private static let endsAtSecond = Atomic<Bool>(false)
    private static let hasStopped = Atomic<Bool>(false)
    private static let speaksJSON = Atomic<Bool>(false)

    /// What was there before, by the signal's number. Written before the handler can run, and read by `release` alone.
    private nonisolated(unsafe) static let earlier: UnsafeMutablePointer<sigaction?> = {
        let actions = UnsafeMutablePointer<sigaction?>.allocate(capacity: 65)
        unsafe actions.initialize(repeating: nil, count: 65)
        return unsafe actions
    }()

    /// Takes signals over. Again does nothing.
    ///
    /// What was ignored at the start stays ignored: by nohup(1), or by a shell that runs the program in the background. But
    /// without SIGTERM nobody could stop it, and without SIGCHLD it would miss its children's ends.
    package static func install(_ signals: [Int32] = standard) {
        // The handler reads them; a first use inside the handler would initialise them there.
        _ = target.load(ordering: .relaxed)
        _ = code.load(ordering: .relaxed)
        _ = endsAtSecond.load(ordering: .relaxed)
        _ = hasStopped.load(ordering: .relaxed)
        _ = speaksJSON.load(ordering: .relaxed)
        var action = sigaction()
        unsafe sigemptyset(&action.sa_mask)
        // Interrupted calls of the bot go on; without it every one of them would have to expect EINTR.
        action.sa_flags = Int32(SA_RESTART)
        set(&action, handle)
        for signal in signals {
            var before = sigaction()
            unsafe sigaction(signal, nil, &before)
            if isOurs(before) || isIgnoring(before) && signal != SIGTERM && signal != SIGCHLD { continue }
            unsafe earlier[Int(signal)] = before
            unsafe sigaction(signal, &action, nil)
        }
        // A log reader that goes away must not take the bot along: the write fails instead.
        doNothing(at: SIGPIPE)
        keepAlivePastFileLimits()
    }

    /// A file that has reached its limit (`ulimit -f`) fails the write that goes on, with EFBIG, instead of ending the process.
    package static func keepAlivePastFileLimits() {
        doNothing(at: SIGXFSZ)
    }

    /// Gives the signals back: each does what it did before `install`, but for those that somebody else has taken since.
    package static func release() {
        for signal in Int32(1)..<65 {
            guard var before = unsafe earlier[Int(signal)] else { continue }
            unsafe earlier[Int(signal)] = nil
            var present = sigaction()
            unsafe sigaction(signal, nil, &present)
            if isOurs(present) { unsafe sigaction(signal, &before, nil) }
        }
        code.store(0, ordering: .relaxed)
        target.store(notStarted, ordering: .sequentiallyConsistent)
    }

    /// A handler that does nothing, and not SIG_IGN, which every child process would inherit (execve(2) keeps ignored signals
    /// ignored). Who has a disposition of their own keeps it.
    private static func doNothing(at signal: Int32) {
        var action = sigaction()
        unsafe sigaction(signal, nil, &action)
        guard handler(action) == 0 else { return }
        unsafe earlier[Int(signal)] = action
        unsafe sigemptyset(&action.sa_mask)
        action.sa_flags = Int32(SA_RESTART)
        set(&action, ignore)
        unsafe sigaction(signal, &action, nil)
    }

    private static let ignore: @convention(c) (Int32) -> Void = { _ in }

    /// From now on signals go to a pipe; the descriptor must stay open until `disconnect`.
    ///
    /// - Parameters:
    ///   - endsAtSecond: whether a second SIGTERM or SIGINT ends the process in the handler, with 0: where no thread can be
    ///     had any more, and every other one hangs, nothing else would.
    ///   - json: whether what the handler says then is a line of JSON.
    package static func connect(to pipe: Int32, endsAtSecond: Bool = false, json: Bool = false) {
        hasStopped.store(false, ordering: .relaxed)
        speaksJSON.store(json, ordering: .relaxed)
        code.store(0, ordering: .relaxed)
        self.endsAtSecond.store(endsAtSecond, ordering: .relaxed)
        target.store(pipe, ordering: .sequentiallyConsistent)
    }

    /// From now on a signal ends the process at once, with the code it was going to have.
    package static func disconnect(endingWith code: Int32 = 0) {
        self.code.store(code, ordering: .relaxed)
        target.store(ended, ordering: .sequentiallyConsistent)
    }

    private static let handle: @convention(c) (Int32) -> Void = { signal in
        let before = errno
        let pipe = target.load(ordering: .sequentiallyConsistent)
        if pipe < 0 { _exit(code.load(ordering: .relaxed)) }
        // A terminal that ends sends SIGHUP more than once (its shell does, too): that is no impatience.
        if signal == SIGTERM || signal == SIGINT, endsAtSecond.load(ordering: .relaxed),
            hasStopped.exchange(true, ordering: .relaxed)
        {
            let words: StaticString =
                speaksJSON.load(ordering: .relaxed)
                ? "{\"level\":\"warn\",\"message\":\"second signal: exiting at once\"}\n"
                : "second signal: exiting at once\n"
            _ = unsafe write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
            _exit(code.load(ordering: .relaxed))
        }
        var byte = UInt8(truncatingIfNeeded: signal)
        _ = unsafe write(pipe, &byte, 1)
        errno = before
    }

    /// A signal's name, for messages.
    package static func name(_ signal: Int32) -> String {
        switch signal {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        default: "signal \(signal)"
        }
    }

    // MARK: The three shapes of sigaction(2)

    static func set(_ action: inout sigaction, _ handler: @convention(c) (Int32) -> Void) {
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handler
        #elseif canImport(Musl)
            action.__sa_handler.sa_handler = handler
        #else
            unsafe action.__sigaction_handler.sa_handler = handler
        #endif
    }

    /// The handler as a number: 0 is SIG_DFL, 1 is SIG_IGN.
    private static func handler(_ action: sigaction) -> Int {
        #if canImport(Darwin)
            unsafe unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
        #elseif canImport(Musl)
            unsafe unsafeBitCast(action.__sa_handler.sa_handler, to: Int.self)
        #else
            unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        #endif
    }

    private static func isOurs(_ action: sigaction) -> Bool {
        [handle, ignore].contains { unsafe handler(action) == unsafeBitCast($0, to: Int.self) }
    }

    private static func isIgnoring(_ action: sigaction) -> Bool { handler(action) == 1 }
}
