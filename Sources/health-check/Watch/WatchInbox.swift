import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Where the threads that look leave what they saw, and the signal handler its signals: all that wakes the dashboard beside the
/// keyboard.
final class WatchInbox: Sendable {
    private let events = Mutex<[WatchEvent]>([])
    private let pipe: FileDescriptor.Pipe

    init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
    }

    /// Where the dashboard waits.
    var readEnd: Int32 { pipe.read.raw }

    /// Where a signal handler may write the signal's number.
    var writeEnd: Int32 { pipe.write.raw }

    /// From any thread; never waits.
    func post(_ event: WatchEvent) {
        events.withLock { $0.append(event) }
        var wake: UInt8 = 0
        // A full pipe wakes as well.
        _ = try? withUnsafeBytes(of: &wake) { bytes in try FileDescriptor.write(bytes, to: pipe.write.raw) }
    }

    /// What came since the last call.
    func drain() -> (events: [WatchEvent], signals: [Int32]) {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = (try? buffer.withUnsafeMutableBytes { try pipe.read.read(into: $0) }) ?? 0
        let signals = buffer.prefix(count).filter { $0 != 0 }.map(Int32.init)
        return (
            events.withLock { events in
                defer { events = [] }
                return events
            }, signals
        )
    }
}
