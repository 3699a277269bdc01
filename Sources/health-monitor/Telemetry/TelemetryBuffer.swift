import KeepAliveKit
import KeepAlivePlatform

/// The items that wait to be sent, and when the next are due. Pure: times go in.
///
/// Bounded: while the service cannot be reached the oldest go, and are counted.
struct TelemetryBuffer: Sendable {
    static let batch = 100
    static let limit = 10_000

    /// What came of sending some items.
    enum Outcome: Sendable, Equatable {
        /// All were taken, or will never be.
        case done
        /// Those at these places are to be sent again.
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

    /// When something is to be sent; nil while there is nothing.
    func due(at now: MonotonicTime) -> MonotonicTime? {
        guard let firstAt else { return nil }
        let ready = items.count >= Self.batch ? now : firstAt.advanced(by: interval)
        return max(ready, pausedUntil ?? ready)
    }

    /// The oldest items, which leave the buffer until ``note(_:of:at:using:)`` says what came of them.
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
