import Foundation

/// Opens when the count reaches zero; tasks wait for its event, server threads block.
final class Countdown: Sendable {
    /// Fires when the count reaches zero.
    let event = Event()
    private let state: Condition

    // NSCondition guards the count, which the compiler cannot see.
    private final class Condition: @unchecked Sendable {
        let lock = NSCondition()
        var count: Int

        init(_ count: Int) {
            self.count = count
        }
    }

    init(_ count: Int) {
        state = Condition(count)
    }

    /// Decrements the count.
    func countDown() {
        state.lock.lock()
        state.count -= 1
        let isOpen = state.count <= 0
        state.lock.broadcast()
        state.lock.unlock()
        if isOpen {
            event.fire()
        }
    }

    /// Blocks the thread until the count is zero; not for tasks.
    func block() {
        state.lock.lock()
        while state.count > 0 {
            state.lock.wait()
        }
        state.lock.unlock()
    }
}
