import Dispatch
import Synchronization

/// The terminal of the demo: lines come in, answers go out.
///
/// Its readers are successive bodies. Cancelling the reader of an `AsyncStream` ends it for good, so each body gets a
/// new one.
final class Console: Sendable {
    private let state = Mutex(State())

    private struct State {
        var unread: [String] = []
        var reader: AsyncStream<String>.Continuation?
        var isAtEnd = false
    }

    init(lines: AsyncStream<String>) {
        Task.detached { [self] in
            for await line in lines { take(line) }
            end()
        }
    }

    /// The unread lines and all further lines, until the next call takes over.
    func lines() -> AsyncStream<String> {
        let (lines, reader) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        state.withLock { state in
            for line in state.unread { reader.yield(line) }
            state.unread = []
            state.reader = reader
            if state.isAtEnd { reader.finish() }
        }
        return lines
    }

    private func take(_ line: String) {
        state.withLock { state in
            if case .enqueued? = state.reader?.yield(line) { return }
            state.unread = state.unread.suffix(99) + [line]
        }
    }

    private func end() {
        state.withLock { state in
            state.isAtEnd = true
            state.reader?.finish()
        }
    }

    /// The console of this process; nil when its input is no terminal, or it runs in the background.
    static func ofTerminal() -> Console? {
        // Reading from a terminal in the background would stop the whole process (SIGTTIN).
        guard Terminal.isForPlayers else { return nil }
        let (lines, input) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        // A separate thread: reading a terminal blocks, and the cooperative pool has few threads.
        DispatchQueue(label: "casino-bot.console").async {
            while let line = readLine() {
                if !line.allSatisfy(\.isWhitespace) { input.yield(line) }
            }
            input.finish()
        }
        return Console(lines: lines)
    }

    /// Prints a text.
    func show(_ text: String) {
        Terminal.show("\(text)\n")
    }
}
