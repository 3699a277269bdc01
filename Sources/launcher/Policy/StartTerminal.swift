import KeepAliveKit
import KeepAlivePlatform

/// The terminal that the launcher was started in. Its SIGHUP at its end is a stop; a later one is a person's. Pure.
struct StartTerminal: Equatable {
    /// A SIGHUP this soon after the terminal's end was noticed belongs to that end.
    static let hangupTime = Duration.seconds(10)

    private let wasThere: Bool
    private var goneAt: MonotonicTime?

    init(isThere: Bool) { wasThere = isThere }

    /// Notes whether it is still there.
    mutating func look(at now: MonotonicTime, isThere: () -> Bool) {
        if wasThere, goneAt == nil, !isThere() { goneAt = now }
    }

    /// Whether a SIGHUP means that it was closed.
    func isClosing(at now: MonotonicTime) -> Bool { goneAt.map { now.since($0) <= Self.hangupTime } ?? false }
}
