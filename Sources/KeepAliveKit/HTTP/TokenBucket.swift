package import KeepAlivePlatform

/// Allows a burst, then a steady rate a second. Pure: times are passed in.
package struct TokenBucket {
    package let capacity: Double
    package let perSecond: Double
    private var tokens: Double
    private var updated: MonotonicTime

    package init(capacity: Double, perSecond: Double, at now: MonotonicTime = .now()) {
        self.capacity = capacity
        self.perSecond = perSecond
        tokens = capacity
        updated = now
    }

    /// Takes one token; if there is none, returns the whole seconds until the next.
    package mutating func take(at now: MonotonicTime) -> Int? {
        if let wait = wait(at: now) { return wait }
        tokens = tokens(at: now) - 1
        updated = max(updated, now)
        return nil
    }

    /// The whole seconds until the next token; nil if there is a token.
    package func wait(at now: MonotonicTime) -> Int? {
        let tokens = tokens(at: now)
        return tokens < 1 ? max(1, Int(((1 - tokens) / perSecond).rounded(.up))) : nil
    }

    /// How many tokens there are.
    package func tokens(at now: MonotonicTime) -> Double {
        min(capacity, tokens + now.since(updated).seconds * perSecond)
    }
}
