import KeepAliveKit
import KeepAlivePlatform

/// What a program printed, limited to a readable length, and how it ended.
struct CommandOutput: Sendable, Equatable {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It ran longer than allowed, and was killed.
        case late
    }

    var text: String
    var errors: String
    var end = End.exited(0)

    private static let mostBytes = 64 * 1024

    /// Runs a program and collects its output. Blocks until the program ends, at most until the timeout.
    ///
    /// At the end nothing of its process group is left. After a timeout its other descendants are killed too, such as
    /// those with a session of their own (setsid(2)). A daemon that it made before a regular end stays.
    ///
    /// - Parameter limit: the most bytes kept of its output, and of its errors.
    /// - Throws: `Errno` if it cannot be started.
    static func run(
        _ command: [String], environment: CommandEnvironment = CommandEnvironment(), timeout: Duration,
        limit: Int = mostBytes
    ) throws(Errno) -> CommandOutput {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        let output = try FileDescriptor.pipe()
        let errors = try FileDescriptor.pipe()
        // Only our end is non-blocking; the program gets ordinary, blocking ends.
        _ = fcntl(output.write.raw, F_SETFL, 0)
        _ = fcntl(errors.write.raw, F_SETFL, 0)
        let processID = try Spawn.start(
            command, environment: environment.entries, output: output.write.raw, errors: errors.write.raw)
        let outputRead = output.takeRead()
        let errorsRead = errors.takeRead()
        var texts: [[UInt8]] = [[], []]
        var isOpen = [true, true]
        // A background process may hold the output open longer than the program lives, and a program may close its
        // output long before its end. So both are watched, and only poll(2) has a timeout.
        var pause = Self.shortestPause
        while !Children.hasEnded(processID), MonotonicTime.now() < deadline {
            let wasOpen = isOpen
            let next = MonotonicTime.now().advanced(by: .milliseconds(pause))
            if isOpen.contains(true) {
                var poller = Poller()
                let entries = zip([outputRead.raw, errorsRead.raw], isOpen).map { raw, isOpen in
                    isOpen ? poller.add(raw, read: true, write: false) : -1
                }
                try? poller.wait(until: min(next, deadline))
                if poller.isReadable(entries[0]) { isOpen[0] = read(outputRead, to: &texts[0], limit) }
                if poller.isReadable(entries[1]) { isOpen[1] = read(errorsRead, to: &texts[1], limit) }
            } else {
                OSThread.rest(milliseconds: Int32(clamping: pause))
            }
            // The end usually follows at once when the output closes.
            pause = wasOpen == isOpen ? min(pause * 2, Self.longestPause) : Self.shortestPause
        }
        let isLate = !Children.hasEnded(processID)
        let status = finish(processID, isLate: isLate)
        drain(outputRead, to: &texts[0], limit)
        drain(errorsRead, to: &texts[1], limit)
        return CommandOutput(
            text: String(decoding: texts[0].prefix(limit), as: UTF8.self),
            errors: String(decoding: texts[1].prefix(limit), as: UTF8.self),
            end: isLate ? .late : status & 0x7F != 0 ? .signalled(status & 0x7F) : .exited((status >> 8) & 0xFF))
    }

    private static let shortestPause: Int64 = 1
    private static let longestPause: Int64 = 100

    /// Ends what is left of the program, and reaps it.
    ///
    /// - Returns: the exit status from waitpid(2).
    private static func finish(_ processID: Int32, isLate: Bool) -> Int32 {
        let others = isLate ? ProcessTable.read().descendants(of: processID).map(\.id) : []
        // Not reaped yet, so that its number cannot belong to another group.
        ProcessGroup.signal(processID, SIGKILL)
        for other in others { _ = kill(other, SIGKILL) }
        let status = Children.wait(for: processID)
        // As the first process of a container this one inherits them.
        for child in [-processID] + others {
            // Killed, but perhaps not dead yet.
            for _ in 0..<100 where Children.has(child) {
                if (try? Children.reap(child)) == nil { OSThread.rest(milliseconds: 1) }
            }
        }
        return status
    }

    /// Reads what the pipe still holds.
    private static func drain(_ descriptor: borrowing FileDescriptor, to text: inout [UInt8], _ limit: Int) {
        while text.count < limit, let chunk = try? descriptor.readSome(4096), !chunk.isEmpty { text += chunk }
    }

    /// Returns whether more may follow.
    private static func read(_ descriptor: borrowing FileDescriptor, to text: inout [UInt8], _ limit: Int) -> Bool {
        do throws(Errno) {
            guard let chunk = try descriptor.readSome(4096) else { return true }
            if text.count < limit { text += chunk }
            return !chunk.isEmpty
        } catch {
            return false
        }
    }
}
