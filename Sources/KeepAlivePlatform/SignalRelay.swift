import Synchronization

/// Catches SIGTERM and SIGINT (and SIGPIPE, without effect), and passes them as bytes to a thread's pipe. A signal
/// handler may do almost nothing else (signal-safety(7)).
///
/// A signal before any receiver is connected ends the process with 0, because there is nothing to stop yet. A signal
/// after the program's end ends the process with its final exit code.
package enum SignalRelay {
    /// The signals of a program that only stops; the launcher passes on more.
    package static let standard = [SIGTERM, SIGINT]
    /// The signals that stop a bot: also the end of its terminal.
    package static let bot = standard + [SIGHUP]

    /// The pipe of the handler; or one of the two states before and after.
    private static let target = Atomic<Int32>(notStarted)
    private static let notStarted: Int32 = -1
    private static let ended: Int32 = -2
    /// The exit code of a process that a signal ends in its handler.
    private static let code = Atomic<Int32>(0)
    /// Whether the second SIGTERM or SIGINT ends the process, and how many have come.
    private static let endsAtSecond = Atomic<Bool>(false)
    private static let stops = Atomic<Int>(0)
    private static let speaksJSON = Atomic<Bool>(false)
    /// The handler's message as JSON.
    // Unsafe only to the compiler: a handler may take no lock. `connect` writes a time into it before the handler can
    // read it, and after that only the second signal does.
    private nonisolated(unsafe) static let jsonLine: UnsafeMutableBufferPointer<UInt8> = {
        let text: StaticString =
            "{\"timestamp\":\"0000-00-00T00:00:00.000000Z\",\"level\":\"warn\",\"message\":\"second signal: exiting at once\"}\n"
        let line = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8CodeUnitCount)
        _ = unsafe line.initialize(from: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        return unsafe line
    }()

    /// The earlier actions, by signal number. Written before the handler can run, and read by `release` alone.
    private nonisolated(unsafe) static let earlier: UnsafeMutablePointer<sigaction?> = {
        let actions = UnsafeMutablePointer<sigaction?>.allocate(capacity: 65)
        unsafe actions.initialize(repeating: nil, count: 65)
        return unsafe actions
    }()

    /// Takes over signals. A second call has no effect.
    ///
    /// A signal that nohup(1) or a background shell ignores at the start stays ignored. Exceptions: without SIGTERM the
    /// program could not be stopped, without SIGCHLD it would miss the ends of its children.
    package static func install(_ signals: [Int32] = standard) {
        // The handler reads them; a first use inside the handler would initialise them there.
        _ = target.load(ordering: .relaxed)
        _ = code.load(ordering: .relaxed)
        _ = endsAtSecond.load(ordering: .relaxed)
        _ = stops.load(ordering: .relaxed)
        _ = speaksJSON.load(ordering: .relaxed)
        var action = sigaction()
        unsafe sigemptyset(&action.sa_mask)
        // Interrupted calls of the bot restart; otherwise each of them would have to handle EINTR.
        action.sa_flags = Int32(SA_RESTART)
        set(&action, handle)
        for signal in signals {
            var before = sigaction()
            unsafe sigaction(signal, nil, &before)
            if isOurs(before) || isIgnoring(before) && signal != SIGTERM && signal != SIGCHLD { continue }
            unsafe earlier[Int(signal)] = before
            unsafe sigaction(signal, &action, nil)
        }
        // When a log reader closes its end, the write must fail instead of ending the bot.
        doNothing(at: SIGPIPE)
        keepAlivePastFileLimits()
    }

    /// A write beyond the file limit (`ulimit -f`) then fails with EFBIG, instead of ending the process.
    package static func keepAlivePastFileLimits() {
        doNothing(at: SIGXFSZ)
    }

    /// Restores each signal's action from before `install`, except for signals that other code has taken since.
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

    /// Installs an empty handler. SIG_IGN would be inherited by every child (execve(2) keeps ignored signals ignored).
    /// An existing action is kept.
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

    /// Passes signals to a pipe from now on; the descriptor must stay open until `disconnect`.
    ///
    /// - Parameters:
    ///   - endsAtSecond: whether a second SIGTERM or SIGINT ends the process in the handler, with 0. Nothing else
    ///     could, when every thread hangs and no new one can start.
    ///   - json: whether the handler's message is a line of JSON.
    package static func connect(to pipe: Int32, endsAtSecond: Bool = false, json: Bool = false) {
        stops.store(0, ordering: .relaxed)
        // Written once before: what the handler needs must be in memory.
        if json { stampLine() }
        speaksJSON.store(json, ordering: .relaxed)
        code.store(0, ordering: .relaxed)
        self.endsAtSecond.store(endsAtSecond, ordering: .relaxed)
        target.store(pipe, ordering: .sequentiallyConsistent)
    }

    /// From now on a signal ends the process at once, with its final exit code.
    package static func disconnect(endingWith code: Int32 = 0) {
        self.code.store(code, ordering: .relaxed)
        target.store(ended, ordering: .sequentiallyConsistent)
    }

    private static let handle: @convention(c) (Int32) -> Void = { signal in
        let before = errno
        let pipe = target.load(ordering: .sequentiallyConsistent)
        if pipe < 0 { _exit(code.load(ordering: .relaxed)) }
        // A terminal that ends sends SIGHUP more than once (its shell does, too): that is no impatience.
        if signal == SIGTERM || signal == SIGINT, endsAtSecond.load(ordering: .relaxed) {
            let earlier = stops.wrappingAdd(1, ordering: .relaxed).oldValue
            // Only where the words are taken at once, and only one of these signals tries: nobody may read them.
            if earlier == 1, Poller.isWritable(STDERR_FILENO, within: 0) {
                if speaksJSON.load(ordering: .relaxed) {
                    stampLine()
                    _ = unsafe write(STDERR_FILENO, jsonLine.baseAddress, jsonLine.count)
                } else {
                    let words: StaticString = "second signal: exiting at once\n"
                    _ = unsafe write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
                }
            }
            if earlier > 0 { _exit(code.load(ordering: .relaxed)) }
        }
        var byte = UInt8(truncatingIfNeeded: signal)
        _ = unsafe write(pipe, &byte, 1)
        errno = before
    }

    private static func stampLine() {
        let buffer = unsafe jsonLine
        var line = unsafe buffer.mutableSpan
        WallTime.now().replaceDigits(of: &line, at: #"{"timestamp":""#.utf8.count)
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
