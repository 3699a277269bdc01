import KeepAlivePlatform

/// How a process ended, from wait(2)'s status: Swift lacks the macros WIFEXITED and so on.
enum WaitStatus: Equatable, Sendable {
    case exited(Int32)
    case signaled(Int32, coreDumped: Bool)
    /// The launcher itself sent SIGKILL; the kernel does not report the sender.
    case killedByLauncher

    /// - Parameter raw: the status of an ended process, not of a stopped one.
    init(raw: Int32) {
        let signal = raw & 0x7F
        self = signal == 0 ? .exited((raw >> 8) & 0xFF) : .signaled(signal, coreDumped: raw & 0x80 != 0)
    }

    /// The exit code as in a shell: 128 plus the signal for a killed process.
    var exitCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal, _): 128 + signal
        case .killedByLauncher: 128 + SIGKILL
        }
    }

    /// For a log line: `exit code 1`, `SIGSEGV (segmentation fault)`.
    var words: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let signal, let coreDumped):
            "\(Self.name(signal))\(coreDumped ? ", core dumped" : "")"
        case .killedByLauncher: "SIGKILL (killed by the launcher)"
        }
    }

    /// The signal that ended it.
    var signal: Int32? {
        switch self {
        case .exited: nil
        case .signaled(let signal, _): signal
        case .killedByLauncher: SIGKILL
        }
    }

    /// Whether a signal of a program fault ended it; such signals are not used for orderly stops.
    var isCrash: Bool {
        guard case .signaled(let signal, _) = self else { return false }
        return [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS].contains(signal)
    }

    /// A signal's name.
    static func name(_ signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
            SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
            SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
            SIGSYS: "SIGSYS", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
        ]
        let meaning: [Int32: String] = [
            SIGILL: "illegal instruction, as Swift's traps raise it", SIGTRAP: "a trap", SIGABRT: "aborted",
            SIGBUS: "bus error", SIGFPE: "arithmetic error", SIGSEGV: "segmentation fault",
            SIGKILL: "killed by a person, a program or the kernel when memory ran out",
        ]
        return (names[signal] ?? "signal \(signal)") + (meaning[signal].map { " (\($0))" } ?? "")
    }
}
