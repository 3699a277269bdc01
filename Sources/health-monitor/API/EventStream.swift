import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Sends changes to the listeners at `/api/events`: at most one event a second, and none without a change.
///
/// Bounded: the number of listeners is limited, and the connection limits the queued bytes and drops a listener that
/// does not read.
/// Thread-safe: the server's thread adds and removes listeners; the history's reading thread writes the events.
final class EventStream: Sendable {
    /// A client of the event stream.
    struct Listener: Sendable {
        let viewer: Viewer
        /// Whether the events carry parts of the page, or values.
        let wantsHTML: Bool
        var revision: UInt64
        /// The session that authorised the listener, and when it ends.
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

    /// Listeners of one kind get identical events.
    private struct Kind: Hashable {
        let viewer: Viewer
        let wantsHTML: Bool
        let revision: UInt64
    }

    /// Well below the server's limit of connections, so that `/ping` and `/health` always get one.
    static let mostListeners = 128
    /// Strangers leave the rest to those who may see everything.
    static let mostStrangers = 96
    static let interval = Duration.seconds(1)
    /// The longest silence before a keep-alive: half the usual idle limit of proxies.
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

    /// Adds a listener; false if there are too many.
    func add(_ listener: Listener, at place: AnswerPlace) -> Bool {
        let (isAdded, isFirst) = state.withLock { state in
            let strangers = state.listeners.values.count { $0.viewer != .insider }
            guard state.listeners.count < Self.mostListeners,
                listener.viewer == .insider || strangers < Self.mostStrangers
            else { return (false, false) }
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

    /// The session has ended: its listeners get no more events.
    func end(session: String) {
        for (place, listener) in state.withLock({ $0.listeners }) where listener.session == session {
            end(place)
        }
    }

    /// The keys have changed: who sees everything has to show a key again.
    func endInsiders() {
        for (place, listener) in state.withLock({ $0.listeners }) where listener.viewer == .insider { end(place) }
    }

    var listeners: Int { state.withLock { $0.listeners.count } }

    private func end(_ place: AnswerPlace) {
        remove(place)
        mailbox.post(.part(place, []))
    }

    /// Timers run on the server's thread, which never waits.
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
        // If the last events are still being written, or the reading thread is too busy, the next turn sends the
        // change.
        if isFree, !reader.add({ [self] in publish() }) { state.withLock { $0.isPublishing = false } }
        schedule(at: .now().advanced(by: Self.interval))
    }

    /// Writes each event once per kind of listener.
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
        // Empty if, for example, this viewer may not see what changed.
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
        // The document's last line feed also ends the field.
        bytes += update.data
        bytes.append(UInt8(ascii: "\n"))
        return (update.revision, bytes)
    }
}
