import CKeepAliveSpawn
import KeepAliveKit
import KeepAlivePlatform

/// The bot's process: started in a group of its own, with clean signals, and with its output on a pipe.
final class ChildProcess {
    let processID: Int32
    let started = MonotonicTime.now()
    /// When it was seen to have ended; nil while it runs.
    var ended: MonotonicTime?
    private let output: FileDescriptor

    /// Starts a program.
    ///
    /// - Throws: `Errno` when it cannot be executed.
    init(executable: String, arguments: [[UInt8]], environment: [String: String]) throws(Errno) {
        let pipe = try FileDescriptor.pipe()
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        // The launcher reads without waiting; the bot's own end is an ordinary, blocking one.
        _ = fcntl(pipe.write.raw, F_SETFL, 0)
        Self.widen(pipe.write.raw)
        // C's own fork and exec: no wrapper has a parent-death signal. Unsafe as it takes pointers, which live until it returns.
        let arguments = [Array(executable.utf8)] + arguments
        let processID = unsafe CStrings.with(arguments, RawEnvironment.entries(for: environment)) {
            unsafe cspawn_start(executable, $0, $1, null.raw, pipe.write.raw, pipe.write.raw)
        }
        guard processID > 0 else { throw Errno.last("exec") }
        self.processID = processID
        output = pipe.takeRead()
    }

    /// How long it has run, or ran.
    var uptime: Duration { (ended ?? .now()).since(started) }

    /// Room for what a bot writes while the launcher does something else: it is not to wait for that. Linux gives up to 1 MiB
    /// to anybody (fcntl(2), F_SETPIPE_SZ, a number that Swift's module leaves out); less is no harm.
    private static func widen(_ pipe: Int32) {
        #if os(Linux)
            _ = fcntl(pipe, 1031, 1 << 20)
        #endif
    }

    /// Where to wait for output.
    var outputRaw: Int32 { output.raw }

    /// What the bot has written since the last call; nil at the end.
    func readOutput(into buffer: inout [UInt8]) -> ArraySlice<UInt8>? {
        do {
            let count = try output.read(into: &buffer)
            return count > 0 ? buffer[..<count] : nil
        } catch {
            return []
        }
    }

    /// Sends a signal to the bot. One that is to end is woken too, with its group: a stopped process (SIGSTOP) would not even
    /// hear of it (as systemd does it, systemd.kill(5)).
    func signal(_ number: Int32) {
        _ = kill(processID, number)
        if number != SIGUSR1, number != SIGUSR2 { _ = kill(-processID, SIGCONT) }
    }

    /// Kills everything in the bot's group.
    func killGroup() {
        _ = kill(-processID, SIGKILL)
    }
}
