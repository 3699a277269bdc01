import KeepAlivePlatform
import Synchronization

/// Delivers events and lines to the embedder's code (a log sink, `onEvent`) on the separate thread `keepalive-events`.
/// That code may block without limit; it delays only itself.
///
/// The thread runs while there is something to deliver. The queue is bounded: a full queue drops and counts new items.
final class EventQueue: Sendable {
    /// What is delivered.
    enum Item: Sendable {
        case event(KeepAliveEvent)
        case line(Log.Level, String)

        fileprivate var text: String {
            switch self {
            case .event(let event): event.description
            case .line(_, let text): text
            }
        }
    }

    private struct State {
        var items: [Item] = []
        var isDelivering = false
        var dropped = 0
        /// Whether a flush has waited in vain, and nothing was taken since.
        var isStuck = false
    }

    private static let limit = 1024
    private let state = Mutex(State())
    private let redact: @Sendable (String) -> String
    private let deliver: @Sendable (Item) -> Void

    /// - Parameter redact: hides secrets in text that goes to standard error when no receiver takes it.
    init(redact: @escaping @Sendable (String) -> String, deliver: @escaping @Sendable (Item) -> Void) {
        self.redact = redact
        self.deliver = deliver
    }

    convenience init(onEvent: @escaping @Sendable (KeepAliveEvent) -> Void) {
        self.init(redact: \.self, deliver: { item in if case .event(let event) = item { onEvent(event) } })
    }

    /// Writes each event and line to the log; `onEvent` receives the event after it.
    convenience init(log: Log, onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in }) {
        self.init(redact: log.redact) { item in
            switch item {
            case .event(let event):
                log(event)
                onEvent(event)
            case .line(let level, let text): log(level, text)
            }
        }
    }

    /// Queues an event. From any thread; never waits.
    func post(_ event: KeepAliveEvent) { post(.event(event)) }

    /// Leaves an event or a line to be delivered. From any thread; never waits.
    func post(_ item: Item) {
        state.withLock { state in
            if state.items.count < Self.limit { state.items.append(item) } else { state.dropped += 1 }
        }
        startDelivering()
    }

    /// Waits until everything is delivered, for a quarter of a second at most, and not again while nothing is taken; what is left
    /// then goes to standard error.
    ///
    /// - Returns: whether everything was delivered.
    @discardableResult
    func flush() -> Bool {
        let end = MonotonicTime.now().advanced(by: .milliseconds(250))
        while isWorthWaiting, MonotonicTime.now() < end {
            startDelivering()
            OSThread.rest(milliseconds: 1)
        }
        let left = state.withLock { state in
            defer { state.items = [] }
            state.isStuck = state.isDelivering || !state.items.isEmpty
            return state.items
        }
        for item in left where Poller.isWritable(STDERR_FILENO, within: 0) {
            FileDescriptor.print(redact(item.text).escapedForText, to: STDERR_FILENO, mayWait: false)
        }
        return isEmpty
    }

    var isEmpty: Bool { state.withLock { !$0.isDelivering && $0.items.isEmpty } }

    private var isWorthWaiting: Bool { state.withLock { !$0.isStuck } && !isEmpty }

    /// Without a thread, the next event or the flush tries again.
    private func startDelivering() {
        let isNeeded = state.withLock { state in
            if state.isDelivering || state.items.isEmpty { return false }
            state.isDelivering = true
            return true
        }
        guard isNeeded else { return }
        do {
            try OSThread.start(name: "keepalive-events") { [self] in
                while let item = next() { deliver(item) }
            }
        } catch {
            state.withLock { $0.isDelivering = false }
        }
    }

    private func next() -> Item? {
        state.withLock { state in
            state.isStuck = false
            if state.dropped > 0, state.items.count < Self.limit {
                defer { state.dropped = 0 }
                return .event(
                    .trouble("dropped \(state.dropped) events: log or onEvent did not accept them in time"))
            }
            if state.items.isEmpty {
                state.isDelivering = false
                return nil
            }
            return state.items.removeFirst()
        }
    }
}
