import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Shows how far a migration is: a line that is rewritten on a terminal, otherwise a line for each tenth.
final class MigrationProgress: Sendable {
    private let isTerminal: Bool
    private let write: @Sendable (String) -> Void
    private let shown = Mutex(-1)

    init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    /// Shows it on stderr.
    convenience init() {
        self.init(isTerminal: isatty(STDERR_FILENO) == 1) { text in
            _ = try? FileDescriptor.write(Array(text.utf8).span, to: STDERR_FILENO)
        }
    }

    func show(_ done: Int, of all: Int) {
        let percent = all == 0 ? 100 : Int(100 * Double(done) / Double(all))
        let step = isTerminal ? percent : percent / 10
        guard
            shown.withLock({ shown in
                defer { shown = step }
                return shown != step
            })
        else { return }
        if isTerminal {
            let full = min(40, max(0, percent * 40 / 100))
            let bar = String(repeating: "#", count: full) + String(repeating: "-", count: 40 - full)
            write("\r[\(bar)] \(percent) %, \(done) of \(all) checks")
        } else {
            write("\(percent) %: \(done) of \(all) checks\n")
        }
    }

    func end() { if isTerminal { write("\n") } }
}
