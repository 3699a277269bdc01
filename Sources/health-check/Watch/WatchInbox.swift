import KeepAlivePlatform
import Synchronization

/// Where the threads that look leave what they saw, and the signal handler its signals: all that wakes the dashboard beside the
/// keyboard.
final class WatchInbox: Sendable {
    private let events = Mutex<[WatchEvent]>([])
    /// Where the dashboard waits, and a signal handler writes.
    let pipe: WakePipe

    init() throws(Errno) {
        pipe = try WakePipe()
    }

    /// From any thread; never waits.
    func post(_ event: WatchEvent) {
        events.withLock { $0.append(event) }
        pipe.wake()
    }

    /// What came since the last call.
    func drain() -> (events: [WatchEvent], signals: [Int32]) {
        let signals = pipe.drain().map(Int32.init)
        return (events.withLock { exchange(&$0, with: []) }, signals)
    }
}
