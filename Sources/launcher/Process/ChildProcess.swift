import CKeepAliveSpawn
import KeepAliveKit
import KeepAlivePlatform

/// The bot's process: in its own group, with default signal handling, and with its output on a pipe.
final class ChildProcess {
    let processID: Int32
    let started = MonotonicTime.now()
    /// When its end was noticed; nil while it runs.
    var ended: MonotonicTime?
    private let output: FileDescriptor

    /// Starts a program.
    ///
    /// - Parameter kept: a descriptor that it inherits besides its three streams.
    /// - Throws: `Errno` if the program cannot be executed.
    init(
        executable: String, arguments: [[UInt8]], environment: [String: String], kept: Int32? = nil
    ) throws(Errno) {
        let pipe = try FileDescriptor.pipe()
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        // Only the launcher's end is non-blocking; the bot gets an ordinary, blocking end.
        _ = fcntl(pipe.write.raw, F_SETFL, 0)
        Self.widen(pipe.write.raw)
        // C's fork and exec, because no wrapper sets a parent-death signal. Unsafe because it takes pointers, which
        // outlive the call.
        let arguments = [Array(executable.utf8)] + arguments
        let processID = unsafe CStrings.with(arguments, RawEnvironment.entries(for: environment)) {
            unsafe cspawn_start(executable, $0, $1, null.raw, pipe.write.raw, pipe.write.raw, kept ?? -1)
        }
        guard processID > 0 else { throw Errno.last("exec") }
        self.processID = processID
        output = pipe.takeRead()
    }

    /// How long it has run, or did run.
    var uptime: Duration { (ended ?? .now()).since(started) }

    /// Buffers the bot's output while the launcher is busy, so that the bot need not wait. Linux grants up to 1 MiB to
    /// any user (fcntl(2), F_SETPIPE_SZ, which Swift's module lacks); less is harmless.
    private static func widen(_ pipe: Int32) {
        #if os(Linux)
            _ = fcntl(pipe, 1031, 1 << 20)
        #endif
    }

    /// The descriptor to wait on for output.
    var outputRaw: Int32 { output.raw }

    /// The bot's output since the last call; nil at the end.
    func readOutput(into buffer: inout [UInt8]) -> ArraySlice<UInt8>? {
        do {
            let count = try output.read(into: &buffer)
            return count > 0 ? buffer[..<count] : nil
        } catch {
            return []
        }
    }

    /// Sends a signal to the bot. A bot that must end is also continued, with its group: a stopped process (SIGSTOP)
    /// would not receive it (as systemd does, systemd.kill(5)).
    func signal(_ number: Int32) {
        // Its number may be another process's by now.
        guard ended == nil else { return }
        _ = kill(processID, number)
        if number != SIGUSR1, number != SIGUSR2 { ProcessGroup.signal(processID, SIGCONT) }
    }

    /// Kills the bot and its process group.
    func killGroup() {
        guard ended == nil else { return }
        ProcessGroup.signal(processID, SIGKILL)
    }
}
