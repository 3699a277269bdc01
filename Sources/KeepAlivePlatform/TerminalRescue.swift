import Synchronization

/// Gives the terminal back, whatever ends the program: `restore` makes system calls alone, and a handler for the signals of a
/// crash, and for all others that would end it, may call it (signal-safety(7): write, tcsetattr, sigaction and kill).
enum TerminalRescue {
    private static let deadly: [Int32] = {
        let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGQUIT, SIGSYS]
        // Nobody sends these on purpose; a mistaken `kill`, a limit of the shell's or a failing power supply do.
        let others = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ]
        #if os(Linux)
            return faults + others + [SIGIO, SIGPWR, SIGSTKFLT]
        #else
            return faults + others
        #endif
    }()
    private static let isArmed = Atomic<Bool>(false)

    /// Written before it is armed, read afterwards.
    @unsafe private struct Memory {
        var descriptor: Int32 = -1
        var settings = termios()
        var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }

    // Unsafe only to the compiler: a handler may take no lock, and reads this only while `isArmed`, before which one thread
    // alone has written it.
    private nonisolated(unsafe) static let memory: UnsafeMutablePointer<Memory> = {
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        unsafe memory.initialize(to: Memory())
        return unsafe memory
    }()

    /// Keeps what has to be given back, and takes the deadly signals. All that is kept stays for the process's life.
    static func arm(_ descriptor: Int32, _ settings: termios, _ text: String) {
        if unsafe memory.pointee.text.isEmpty {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            unsafe copy.copyBytes(from: text.utf8)
            unsafe memory.pointee.text = UnsafeRawBufferPointer(copy)
            catchDeath()
        }
        unsafe memory.pointee.descriptor = descriptor
        unsafe memory.pointee.settings = settings
        isArmed.store(true, ordering: .sequentiallyConsistent)
    }

    /// Once for each `arm`.
    static func restore() {
        guard isArmed.exchange(false, ordering: .sequentiallyConsistent) else { return }
        let descriptor = unsafe memory.pointee.descriptor
        // Not in the foreground any more, the process would be stopped for touching the terminal.
        let before = signal(SIGTTOU, SIG_IGN)
        var rest = unsafe memory.pointee.text
        while rest.count > 0 {
            let count = unsafe write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                // A terminal that takes nothing for a second is as good as gone.
                guard Poller.isWritable(descriptor, within: 1000) else { break }
            } else if errno != EINTR {
                break
            }
        }
        unsafe tcsetattr(descriptor, TCSANOW, &memory.pointee.settings)
        // Half a key's sequence is not for the shell.
        tcflush(descriptor, TCIFLUSH)
        _ = signal(SIGTTOU, before)
    }

    private static func catchDeath() {
        // A stack that overflowed has no room for a handler.
        let size = 64 * 1024
        var stack = unsafe stack_t()
        unsafe stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe stack.ss_size = numericCast(size)
        unsafe sigaltstack(&stack, nil)
        var action = sigaction()
        unsafe sigfillset(&action.sa_mask)
        // Once: what happens behind it, or in it, ends the process as ever.
        action.sa_flags = Int32(truncatingIfNeeded: SA_ONSTACK) | Int32(truncatingIfNeeded: Int64(SA_RESETHAND))
        SignalRelay.set(&action, handle)
        for signal in deadly { unsafe sigaction(signal, &action, nil) }
    }

    private static let handle: @convention(c) (Int32) -> Void = { signal in
        TerminalRescue.restore()
        // Blocked until this handler returns, and then it ends the process, be it a fault or sent by somebody.
        kill(getpid(), signal)
    }
}
