import KeepAliveKit
import KeepAlivePlatform

/// The unsent items, and when the next are due. Pure: the caller passes the time.
///
/// Bounded: while the service is unreachable, the oldest items are dropped and counted.
struct TelemetryBuffer: Sendable {
    static let batch = 100
    static let limit = 10_000

    /// The outcome of sending some items.
    enum Outcome: Sendable, Equatable {
        /// All were accepted, or never will be.
        case done
        /// The items at these indices must be resent.
        case again([Int], after: Duration?)
    }

    private let interval: Duration
    private let backoff: Backoff
    private var items: [TelemetryItem] = []
    private var firstAt: MonotonicTime?
    private var pausedUntil: MonotonicTime?
    private var failures = 0
    private(set) var dropped: UInt64 = 0

    init(
        interval: Duration = .seconds(15),
        backoff: Backoff = Backoff(initial: .seconds(15), maximum: .seconds(900), jitter: 0.3)
    ) {
        self.interval = interval
        self.backoff = backoff
    }

    var count: Int { items.count }

    mutating func add(_ new: [TelemetryItem], at now: MonotonicTime) {
        guard !new.isEmpty else { return }
        if items.isEmpty { firstAt = now }
        items += new
        shorten()
    }

    /// When to send next; nil without items.
    func due(at now: MonotonicTime) -> MonotonicTime? {
        guard let firstAt else { return nil }
        let ready = items.count >= Self.batch ? now : firstAt.advanced(by: interval)
        return max(ready, pausedUntil ?? ready)
    }

    /// Removes and returns the oldest items; ``note(_:of:at:using:)`` must report their outcome.
    mutating func take(at now: MonotonicTime) -> [TelemetryItem] {
        let taken = Array(items.prefix(Self.batch))
        items.removeFirst(taken.count)
        firstAt = items.isEmpty ? nil : now
        return taken
    }

    mutating func note(
        _ outcome: Outcome, of taken: [TelemetryItem], at now: MonotonicTime,
        using generator: inout some RandomNumberGenerator
    ) {
        guard case .again(let places, let wait) = outcome, !places.isEmpty else {
            (failures, pausedUntil) = (0, nil)
            return
        }
        items = places.compactMap { taken.indices.contains($0) ? taken[$0] : nil } + items
        firstAt = firstAt ?? now
        pausedUntil = now.advanced(by: max(backoff.delay(failures, using: &generator), wait ?? .zero))
        failures &+= 1
        shorten()
    }

    private mutating func shorten() {
        let surplus = items.count - Self.limit
        guard surplus > 0 else { return }
        items.removeFirst(surplus)
        dropped &+= UInt64(surplus)
    }
}
