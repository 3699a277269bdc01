import Synchronization

/// Restores the terminal whenever the program ends: `restore` makes system calls alone. So a handler for any deadly
/// signal may call it (signal-safety(7): write, tcsetattr, sigaction and kill).
enum TerminalRescue {
    private static let deadly: [Int32] = {
        let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGQUIT, SIGSYS]
        // These come unintended: a mistaken `kill`, a limit of the shell or a failing power supply.
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

    // Unsafe only to the compiler: a handler may take no lock. It reads this only while `isArmed`; before that, one
    // thread alone wrote it.
    private nonisolated(unsafe) static let memory: UnsafeMutablePointer<Memory> = {
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        unsafe memory.initialize(to: Memory())
        return unsafe memory
    }()

    /// Stores the earlier state, and takes the deadly signals. The stored state is never freed.
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
        // A background process would be stopped for touching the terminal.
        let before = signal(SIGTTOU, SIG_IGN)
        var rest = unsafe memory.pointee.text
        while rest.count > 0 {
            let count = unsafe write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                // A terminal that takes nothing for a second counts as gone.
                guard Poller.isWritable(descriptor, within: 1000) else { break }
            } else if errno != EINTR {
                break
            }
        }
        unsafe tcsetattr(descriptor, TCSANOW, &memory.pointee.settings)
        // The shell must not receive half a key's sequence.
        tcflush(descriptor, TCIFLUSH)
        _ = signal(SIGTTOU, before)
    }

    private static func catchDeath() {
        // After a stack overflow there is no room for a handler.
        let size = 64 * 1024
        var stack = unsafe stack_t()
        unsafe stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe stack.ss_size = numericCast(size)
        unsafe sigaltstack(&stack, nil)
        var action = sigaction()
        unsafe sigfillset(&action.sa_mask)
        // Once: a later fault, or a fault in the handler, ends the process as usual.
        action.sa_flags = Int32(truncatingIfNeeded: SA_ONSTACK) | Int32(truncatingIfNeeded: Int64(SA_RESETHAND))
        SignalRelay.set(&action, handle)
        for signal in deadly { unsafe sigaction(signal, &action, nil) }
    }

    private static let handle: @convention(c) (Int32) -> Void = { signal in
        TerminalRescue.restore()
        // Blocked until this handler returns; then it ends the process, whether it is a fault or was sent.
        kill(getpid(), signal)
    }
}
