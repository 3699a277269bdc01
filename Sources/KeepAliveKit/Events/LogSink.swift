import KeepAlivePlatform
import Synchronization

/// One destination of log lines: lines arrive whole and in order, and never delay their writer.
final class LogSink: Sendable {
    private struct State: ~Copyable {
        var end: OutputEnd
        /// The rest of lines that were written in part; it is written before the next line.
        var rest: [UInt8] = []
        var isInTrouble = false
        var lookedAt = MonotonicTime.now()
        var identity: FileIdentity?

        init(_ end: consuming OutputEnd) {
            self.end = end
            identity = nil
        }

        /// - Throws: `Errno` when the file cannot be opened for appending.
        init(path: String) throws(Errno) {
            // Without O_NONBLOCK, opening a named pipe would wait for a reader.
            let file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, mode: 0o640)
            identity = FileIdentity(descriptor: file.raw)
            end = OutputEnd(owning: file)
        }
    }

    private struct Outcome {
        let failure: Errno?
    }

    private let state: Mutex<State>
    private let dropped = Atomic<Int>(0)
    /// The path of the file, which is reopened when the path leads to another file.
    private let path: String?

    init(_ end: consuming OutputEnd) {
        state = Mutex(State(end))
        path = nil
    }

    /// - Throws: `Errno` when the file cannot be opened for appending.
    init(path: String) throws(Errno) {
        state = Mutex(try State(path: path))
        self.path = path
    }

    /// Writes a line, or drops it when the destination takes none.
    ///
    /// - Parameter note: the line that reports how many were dropped before.
    /// - Returns: once, why nothing can be written.
    @discardableResult
    func write(_ line: [UInt8], note: (Int) -> [UInt8]) -> Errno? {
        // A thread holds the lock for microseconds, or for the 50 ms below. If it is suspended, the others give up.
        for attempt in 0..<150 {
            let outcome = state.withLockIfAvailable { Outcome(failure: write(line, to: &$0, note: note)) }
            if let outcome { return outcome.failure }
            if attempt > 20 { OSThread.rest(milliseconds: 1) } else { sched_yield() }
        }
        dropped.wrappingAdd(1, ordering: .relaxed)
        return nil
    }

    private func write(_ line: [UInt8], to state: inout State, note: (Int) -> [UInt8]) -> Errno? {
        openAnewIfMoved(&state)
        if !state.rest.isEmpty {
            let (count, _) = state.end.write(state.rest.span, patience: .zero)
            state.rest.removeFirst(count)
            guard state.rest.isEmpty else {
                dropped.wrappingAdd(1, ordering: .relaxed)
                return nil
            }
        }
        let lost = dropped.exchange(0, ordering: .relaxed)
        let text = lost > 0 ? note(lost) + line : line
        let (count, failure) = state.end.write(text.span, patience: lost > 0 ? .zero : .milliseconds(50))
        guard let failure else {
            state.isInTrouble = false
            return nil
        }
        if count > 0 { state.rest = Array(text[count...]) } else { dropped.wrappingAdd(lost + 1, ordering: .relaxed) }
        defer { state.isInTrouble = true }
        return state.isInTrouble || failure.isWouldBlock ? nil : failure
    }

    // MARK: The file

    /// Once a second at most: a program that rotates logs waits longer than that.
    private func openAnewIfMoved(_ state: inout State) {
        guard let path, MonotonicTime.now().since(state.lookedAt) >= .seconds(1) else { return }
        state.lookedAt = .now()
        guard FileIdentity(path: path) != state.identity, let anew = try? State(path: path) else { return }
        state = anew
    }
}
