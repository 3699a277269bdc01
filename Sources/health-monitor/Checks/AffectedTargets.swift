import Synchronization

/// The targets that one trouble of this monitor affects, and how. Thread-safe.
final class AffectedTargets<Value: Equatable & Sendable>: Sendable {
    private let found = Mutex<[String: Value]>([:])
    /// What to report while there is one.
    private let sentence: @Sendable ([String: Value]) -> String

    init(_ sentence: @escaping @Sendable ([String: Value]) -> String) { self.sentence = sentence }

    /// - Returns: nil without a change; otherwise what to report, and whether it began or ended.
    func note(_ value: Value?, of target: String) -> (sentence: String?, isNews: Bool)? {
        change { found in
            guard found[target] != value else { return false }
            found[target] = value
            return true
        }
    }

    /// Forgets the targets that are no longer checked.
    func forget(allBut names: Set<String>) -> (sentence: String?, isNews: Bool)? {
        change { found in
            let count = found.count
            found = found.filter { names.contains($0.key) }
            return found.count != count
        }
    }

    /// - Parameter change: returns whether it changed something.
    private func change(_ change: (inout [String: Value]) -> Bool) -> (sentence: String?, isNews: Bool)? {
        found.withLock { found in
            let wasEmpty = found.isEmpty
            guard change(&found) else { return nil }
            return (sentence: found.isEmpty ? nil : sentence(found), isNews: wasEmpty != found.isEmpty)
        }
    }
}

extension AffectedTargets<String> {
    /// The targets that cannot be checked for lack of a resource, and which.
    static func shortages() -> AffectedTargets<String> {
        AffectedTargets { found in
            let first = found.min { $0.key < $1.key }?.value ?? ""
            return "this monitor cannot check \(found.count.counted("service")): \(first)"
        }
    }
}

extension AffectedTargets<Duration> {
    /// The targets whose probe has waited for its turn longer than their interval, and how long.
    static func waits() -> AffectedTargets<Duration> {
        AffectedTargets { found in
            let most = found.values.max() ?? .zero
            return "this monitor is behind its schedule: checks of \(found.count.counted("service")) began up to "
                + "\(most.roundedWords) late for lack of descriptors; raise LimitNOFILE (ulimit -n) or the interval"
        }
    }
}
