import Synchronization

/// The settings that the server reads for each request, because a reload changes them. Thread-safe.
final class LiveSettings: Sendable {
    struct Values: Sendable {
        /// Each key grants reading and acting.
        var keys: [String]
        /// The tokens of the push targets. A look-up by the randomly seeded hash tells a guesser nothing.
        var pushTokens: Set<String>
        /// Grows with each change of the keys.
        var edition: UInt64 = 0
    }

    private let values: Mutex<Values>

    init(keys: [String], pushTokens: [String]) {
        values = Mutex(Values(keys: keys, pushTokens: Set(pushTokens)))
    }

    var current: Values { values.withLock { $0 } }

    func replace(keys: [String], pushTokens: [String]) {
        values.withLock { values in
            if values.keys != keys { values.edition &+= 1 }
            values.keys = keys
            values.pushTokens = Set(pushTokens)
        }
    }
}
