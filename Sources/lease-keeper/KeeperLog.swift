import KeepAlivePlatform
import Synchronization

/// Lines on standard error, which the launcher reads. A full pipe never holds up the keeper: the line is left out, and
/// the next one says how many were.
final class KeeperLog: Sendable {
    private let output: Int32
    private let missing = Mutex(0)

    /// - Parameter output: the descriptor that the lines go to.
    init(to output: Int32 = STDERR_FILENO) { self.output = output }

    func write(_ text: String) {
        missing.withLock { missing in
            guard Poller.isWritable(output, within: 0) else {
                missing += 1
                return
            }
            let note = missing > 0 ? " (\(missing) earlier lines are missing)" : ""
            missing = 0
            // One write, and short enough for a pipe to take whole (PIPE_BUF).
            let line = String(decoding: Array("\(text)\(note)".utf8.prefix(4000)), as: UTF8.self)
            FileDescriptor.print(line, to: output, mayWait: false)
        }
    }
}
