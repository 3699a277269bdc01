import KeepAlivePlatform
import Synchronization

/// Collects the results of the polling threads and the signals: everything that wakes the dashboard except the
/// keyboard.
final class WatchInbox: Sendable {
    private let events = Mutex<[WatchEvent]>([])
    /// The dashboard waits on it, and a signal handler writes to it.
    let pipe: WakePipe

    init() throws(Errno) {
        pipe = try WakePipe()
    }

    /// Callable from any thread; never blocks.
    func post(_ event: WatchEvent) {
        events.withLock { $0.append(event) }
        pipe.wake()
    }

    /// The events since the last call.
    func drain() -> (events: [WatchEvent], signals: [Int32]) {
        let signals = pipe.drain().map(Int32.init)
        return (events.withLock { exchange(&$0, with: []) }, signals)
    }
}
