import KeepAliveKit

/// So many at once, and then so many a second. Pure: times go in.
struct TokenBucket {
    let capacity: Double
    let perSecond: Double
    private var tokens: Double
    private var updated: MonotonicTime

    init(capacity: Double, perSecond: Double, at now: MonotonicTime = .now()) {
        self.capacity = capacity
        self.perSecond = perSecond
        tokens = capacity
        updated = now
    }

    /// Takes one token; where there is none, the whole seconds until there is.
    mutating func take(at now: MonotonicTime) -> Int? {
        tokens = min(capacity, tokens + now.since(updated).seconds * perSecond)
        updated = max(updated, now)
        guard tokens < 1 else {
            tokens -= 1
            return nil
        }
        return max(1, Int(((1 - tokens) / perSecond).rounded(.up)))
    }
}
