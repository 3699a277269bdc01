import KeepAliveKit
import KeepAlivePlatform

/// The output of a program, limited to a readable length.
struct CommandOutput: Sendable, Equatable {
    var text: String
    var errors: String

    private static let mostBytes = 64 * 1024

    /// Runs a program and collects its output. Blocks until the program closes its output, at most until the timeout,
    /// and then kills it.
    ///
    /// - Throws: `Errno` if it cannot be started, or after the timeout.
    static func run(
        _ command: String, _ arguments: [String], environment: CommandEnvironment = CommandEnvironment(),
        timeout: Duration
    ) throws(Errno) -> CommandOutput {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        let output = try FileDescriptor.pipe()
        let errors = try FileDescriptor.pipe()
        // Only our end is non-blocking; the program gets ordinary, blocking ends.
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
        // A program that closed its output but still runs is not waited for; its whole process group is killed.
        _ = kill(-processID, SIGKILL)
        Children.wait(for: processID)
        if isLate { throw .timedOut }
        return CommandOutput(
            text: String(decoding: texts[0], as: UTF8.self), errors: String(decoding: texts[1], as: UTF8.self))
    }

    /// Returns whether more may follow.
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
