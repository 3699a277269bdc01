import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// One look at a time for each target, shared by everybody who waits for it: several at once hold each other up, and a slow
/// service seems to be down. Thread-safe.
final class Looks: Sendable {
    /// What a look found, and when it began.
    struct Found: Sendable, Equatable {
        var result: ProbeResult
        let began: MonotonicTime
    }

    private struct Entry {
        var running: Task<Void, Never>?
        var last: Found?
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// What a look found that began at `time` or later: the last one, the one under way, or a new one.
    func found(
        at name: String, since time: MonotonicTime, _ look: @escaping @Sendable () async -> Found
    ) async -> Found {
        while true {
            let (last, running): (Found?, Task<Void, Never>?) = entries.withLock { entries in
                let entry = entries[name] ?? Entry()
                if let last = entry.last, last.began >= time { return (last, nil) }
                if let running = entry.running { return (nil, running) }
                let task = Task { [self] in
                    let found = await look()
                    // Left here before the task ends: whoever waits for a task that is over does not suspend, and would
                    // never let its owner come to its turn.
                    self.entries.withLock { $0[name] = Entry(running: nil, last: found) }
                }
                entries[name] = Entry(running: task, last: entry.last)
                return (nil, task)
            }
            if let last { return last }
            await running?.value
        }
    }

    /// Breaks off what is under way.
    func cancel() {
        for task in entries.withLock({ $0.values.compactMap(\.running) }) { task.cancel() }
    }
}
