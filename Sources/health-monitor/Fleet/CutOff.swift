import KeepAliveKit
import KeepAlivePlatform

/// When a monitor that cannot reach the shared database says so: once, and once when it is back. Pure.
struct CutOff: Sendable {
    enum Step: Sendable, Equatable {
        case none
        case announce(since: MonotonicTime)
        case resolve
    }

    /// How long the database must be away: a restart of it is no news.
    let limit: Duration
    private var since: MonotonicTime?
    private(set) var isAnnounced = false

    init(limit: Duration) {
        self.limit = limit
    }

    /// Notes whether the database answered.
    mutating func note(isReached: Bool, at now: MonotonicTime) -> Step {
        if isReached {
            since = nil
            defer { isAnnounced = false }
            return isAnnounced ? .resolve : .none
        }
        let began = since ?? now
        since = began
        guard !isAnnounced, now.since(began) >= limit else { return .none }
        isAnnounced = true
        return .announce(since: began)
    }
}
