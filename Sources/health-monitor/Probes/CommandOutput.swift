import KeepAliveKit
import KeepAlivePlatform

/// What a program printed, as far as anybody wants to read it.
struct CommandOutput: Sendable, Equatable {
    var text: String
    var errors: String

    private static let mostBytes = 64 * 1024

    /// Runs a program and collects its output; blocks until it has closed it, at most until the timeout, when it is
    /// killed.
    ///
    /// - Throws: `Errno` when it cannot be started or the time is over.
    static func run(
        _ command: String, _ arguments: [String], environment: CommandEnvironment = CommandEnvironment(),
        timeout: Duration
    ) throws(Errno) -> CommandOutput {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        let output = try FileDescriptor.pipe()
        let errors = try FileDescriptor.pipe()
        // We read without waiting; the program's own ends are ordinary, blocking ones.
        _ = fcntl(output.write.raw, F_SETFL, 0)
        _ = fcntl(errors.write.raw, F_SETFL, 0)
        let processID = try Spawn.start(
            [command] + arguments, environment: environment, output: output.write.raw, errors: errors.write.raw)
        let outputRead = output.takeRead()
        let errorsRead = errors.takeRead()
        var texts: [[UInt8]] = [[], []]
        var isOpen = [true, true]
        var isLate = false
        while isOpen.contains(true) {
            var watched = zip([outputRead.raw, errorsRead.raw], isOpen).map { raw, isOpen in
                pollfd(fd: isOpen ? raw : -1, events: Int16(POLLIN), revents: 0)
            }
            let left = deadline.since(.now()).saturatedNanoseconds / 1_000_000
            guard left > 0 else {
                isLate = true
                break
            }
            guard poll(&watched, nfds_t(watched.count), Int32(clamping: left)) > 0 else { continue }
            if watched[0].revents != 0 { isOpen[0] = read(outputRead, to: &texts[0]) }
            if watched[1].revents != 0 { isOpen[1] = read(errorsRead, to: &texts[1]) }
        }
        // Whoever closed its output and goes on is not waited for; its whole group goes, helpers included.
        _ = kill(-processID, SIGKILL)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        if isLate { throw .timedOut }
        return CommandOutput(
            text: String(decoding: texts[0], as: UTF8.self), errors: String(decoding: texts[1], as: UTF8.self))
    }

    /// Returns whether more may come.
    private static func read(_ descriptor: borrowing FileDescriptor, to text: inout [UInt8]) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { chunk in
            do throws(Errno) {
                let count = try descriptor.read(into: chunk)
                if text.count < mostBytes { text.append(contentsOf: chunk[..<count]) }
                return count > 0
            } catch {
                return error.isWouldBlock
            }
        }
    }
}
