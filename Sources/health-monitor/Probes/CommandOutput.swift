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
            [command] + arguments, environment: environment.entries, output: output.write.raw, errors: errors.write.raw)
        let outputRead = output.takeRead()
        let errorsRead = errors.takeRead()
        var texts: [[UInt8]] = [[], []]
        var isOpen = [true, true]
        var isLate = false
        while isOpen.contains(true) {
            guard MonotonicTime.now() < deadline else {
                isLate = true
                break
            }
            var poller = Poller()
            let entries = zip([outputRead.raw, errorsRead.raw], isOpen).map { raw, isOpen in
                isOpen ? poller.add(raw, read: true, write: false) : -1
            }
            try? poller.wait(until: deadline)
            if poller.isReadable(entries[0]) { isOpen[0] = read(outputRead, to: &texts[0]) }
            if poller.isReadable(entries[1]) { isOpen[1] = read(errorsRead, to: &texts[1]) }
        }
        // Whoever closed its output and goes on is not waited for; its whole group goes, helpers included.
        _ = kill(-processID, SIGKILL)
        Children.wait(for: processID)
        if isLate { throw .timedOut }
        return CommandOutput(
            text: String(decoding: texts[0], as: UTF8.self), errors: String(decoding: texts[1], as: UTF8.self))
    }

    /// Returns whether more may come.
    private static func read(_ descriptor: borrowing FileDescriptor, to text: inout [UInt8]) -> Bool {
        do throws(Errno) {
            guard let chunk = try descriptor.readSome(4096) else { return true }
            if text.count < mostBytes { text += chunk }
            return !chunk.isEmpty
        } catch {
            return false
        }
    }
}
