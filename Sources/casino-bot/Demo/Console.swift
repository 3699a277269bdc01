import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The terminal the demo runs in: lines come in, answers go out.
struct Console: Sendable {
    let lines: AsyncStream<String>

    /// The console of this process; nil when its input is no terminal, or it runs in the background of one.
    static func ofTerminal() -> Console? {
        // Reading from a terminal in the background would stop the whole process (SIGTTIN).
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == getpgrp() else {
            return nil
        }
        let (lines, input) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        do {
            // A thread of its own: reading a terminal blocks, and the cooperative pool has few threads.
            try OSThread.start(name: "demo-console") {
                while let line = readLine() {
                    if !line.allSatisfy(\.isWhitespace) { input.yield(line) }
                }
                input.finish()
            }
        } catch {
            return nil
        }
        return Console(lines: lines)
    }

    /// Prints a text.
    func show(_ text: String) {
        FileDescriptor.print(text, to: STDOUT_FILENO)
    }
}
