import KeepAliveKit

// FoundationEssentials instead of Foundation: its language data would be two thirds of the program.
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard input, output and error, without buffers.
enum Terminal {
    /// Whether the demo may read lines: a terminal whose foreground group is ours.
    static var isForPlayers: Bool {
        isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
    }

    /// Whether a line may be drawn over the last one.
    static var showsProgress: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a text to standard output. Nobody may read it, so a failure changes nothing.
    static func show(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes a line to standard error. Nobody may read it, so a failure changes nothing. Control characters are escaped:
    /// a cited argument must not act on the terminal.
    static func complain(_ text: String) {
        let log = Log { _, line in write("\(line)\n", to: STDERR_FILENO) }
        log(.error, text)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // The pointer lives as long as the call.
            let count = unsafe rest.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// write(2), by a name that `Terminal.write` does not hide.
private let systemWrite = unsafe write as @Sendable (Int32, UnsafeRawPointer?, Int) -> Int
