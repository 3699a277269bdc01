import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Tells everybody who listens at `/api/events` what has changed: at most once a second, and nobody for whom nothing has.
///
/// Bounded: so many listeners, what waits for one of them is limited by the connection, and one who does not read is
/// dropped by it. Thread-safe: the server's thread adds and removes, the thread that reads the history writes the events.
final class EventStream: Sendable {
    /// One who listens.
    struct Listener: Sendable {
        let viewer: Viewer
        /// Whether the events bring the page's parts, or values.
        let wantsHTML: Bool
        var revision: UInt64
        /// The session that lets them in, and when it is over.
        var session: String?
        var ending: MonotonicTime?
        fileprivate var heard = MonotonicTime.now()

        init(viewer: Viewer, wantsHTML: Bool, revision: UInt64) {
            self.viewer = viewer
            self.wantsHTML = wantsHTML
            self.revision = revision
        }
    }

    private struct State {
        var listeners: [AnswerPlace: Listener] = [:]
        var isTicking = false
        var isPublishing = false
    }

    /// What one kind of listeners is told.
    private struct Kind: Hashable {
        let viewer: Viewer
        let wantsHTML: Bool
        let revision: UInt64
    }

    /// Well below the connections that the server takes: `/ping` and `/health` always find one.
    static let mostListeners = 128
    static let interval = Duration.seconds(1)
    /// How long nothing is said before a sign of life: half of what proxies give an idle connection.
    static let pause = Duration.seconds(15)

    private let board: StatusBoard
    private let fleet: any StatusPage
    private let reader: WorkQueue
    private let mailbox: Mailbox
    private let state = Mutex(State())

    init(board: StatusBoard, fleet: any StatusPage, reader: WorkQueue, mailbox: Mailbox) {
        self.board = board
        self.fleet = fleet
        self.reader = reader
        self.mailbox = mailbox
    }

    /// Adds a listener; false where there are too many.
    func add(_ listener: Listener, at place: AnswerPlace) -> Bool {
        let (isAdded, isFirst) = state.withLock { state in
            guard state.listeners.count < Self.mostListeners else { return (false, false) }
            state.listeners[place] = listener
            defer { state.isTicking = true }
            return (true, !state.isTicking)
        }
        if isFirst { schedule(at: .now()) }
        return isAdded
    }

    func remove(_ place: AnswerPlace) {
        state.withLock { $0.listeners[place] = nil }
    }

    /// The session is over: those who listen by it are told nothing more.
    func end(session: String) {
        for (place, listener) in state.withLock({ $0.listeners }) where listener.session == session {
            end(place)
        }
    }

    var listeners: Int { state.withLock { $0.listeners.count } }

    private func end(_ place: AnswerPlace) {
        remove(place)
        mailbox.post(.part(place, []))
    }

    /// Timers run on the server's thread, which waits for nothing.
    private func schedule(at time: MonotonicTime) {
        mailbox.post(.schedule(.events, at: time) { [self] in tick() })
    }

    private func tick() {
        let (goesOn, isFree) = state.withLock { state in
            state.isTicking = !state.listeners.isEmpty
            let isFree = state.isTicking && !state.isPublishing
            if isFree { state.isPublishing = true }
            return (state.isTicking, isFree)
        }
        guard goesOn else { return }
        // Where the last events are still being written, or the thread has too much to do, the next turn tells more.
        if isFree, !reader.add({ [self] in publish() }) { state.withLock { $0.isPublishing = false } }
        schedule(at: .now().advanced(by: Self.interval))
    }

    /// Writes each event once for all who get the same.
    private func publish() {
        defer { state.withLock { $0.isPublishing = false } }
        let now = MonotonicTime.now()
        let last = board.revision
        var events: [Kind: (revision: UInt64, bytes: [UInt8])] = [:]
        for (place, listener) in state.withLock({ $0.listeners }) {
            if let ending = listener.ending, ending <= now {
                end(place)
            } else if listener.revision != last {
                let kind = Kind(viewer: listener.viewer, wantsHTML: listener.wantsHTML, revision: listener.revision)
                let event = events[kind] ?? update(for: kind)
                events[kind] = event
                tell(place, event.bytes, revision: event.revision, at: now)
            } else if now.since(listener.heard) >= Self.pause {
                tell(place, Array("event: ping\ndata: {}\n\n".utf8), revision: last, at: now)
            }
        }
    }

    private func tell(_ place: AnswerPlace, _ bytes: [UInt8], revision: UInt64, at now: MonotonicTime) {
        // Nothing to say, such as a change that this viewer does not see.
        if !bytes.isEmpty { mailbox.post(.part(place, bytes)) }
        state.withLock { state in
            state.listeners[place]?.revision = revision
            if !bytes.isEmpty { state.listeners[place]?.heard = now }
        }
    }

    private func update(for kind: Kind) -> (revision: UInt64, bytes: [UInt8]) {
        let update = fleet.update(for: kind.viewer, since: kind.revision, asHTML: kind.wantsHTML)
        guard update.isNews else { return (update.revision, []) }
        var bytes = Array("event: update\nid: \(fleet.eventID(update.revision))\ndata: ".utf8)
        // The document ends in the line feed that ends the field.
        bytes += update.data
        bytes.append(UInt8(ascii: "\n"))
        return (update.revision, bytes)
    }
}
