import Synchronization

/// A limit on concurrent uses. Thread-safe.
final class Slots: Sendable {
    let count: Int
    private let taken = Mutex(0)

    init(_ count: Int) {
        self.count = count
    }

    /// Takes a slot; false if none is free.
    func take() -> Bool {
        taken.withLock { taken in
            guard taken < count else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() {
        taken.withLock { $0 = max(0, $0 - 1) }
    }
}
