import Synchronization

/// What of the configuration the server looks up anew for each request, since a reload changes it. Thread-safe.
final class LiveSettings: Sendable {
    struct Values: Sendable {
        /// Who knows one of these may read and act.
        var keys: [String]
        /// The tokens of the targets that call in.
        var pushTokens: [[UInt8]]
        /// Grows with each change of the keys.
        var edition: UInt64 = 0
    }

    private let values: Mutex<Values>

    init(keys: [String], pushTokens: [String]) {
        values = Mutex(Values(keys: keys, pushTokens: pushTokens.map { Array($0.utf8) }))
    }

    var current: Values { values.withLock { $0 } }

    func replace(keys: [String], pushTokens: [String]) {
        values.withLock { values in
            if values.keys != keys { values.edition &+= 1 }
            values.keys = keys
            values.pushTokens = pushTokens.map { Array($0.utf8) }
        }
    }
}
