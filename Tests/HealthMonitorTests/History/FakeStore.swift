import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization

@testable import KeepAliveHealthMonitor

/// A store that keeps what it is asked to do.
final class FakeStore: HistoryStore, Sendable {
    struct Pruning: Sendable, Equatable {
        let age: HistoryAge
        let limit: Int
    }

    let prunings = EventLog<Pruning>()
    /// The number of checks of each commit.
    let commits = EventLog<Int>()
    /// How many commits fail before the first is taken.
    private let failures: Mutex<Int>

    init(failures: Int = 0) { self.failures = Mutex(failures) }

    func accept() { failures.withLock { $0 = 0 } }

    func load() throws(HistoryFailure) -> HistoryContents { HistoryContents() }

    func commit(_ batch: HistoryBatch) throws(HistoryFailure) {
        let fails = failures.withLock { failures in
            failures -= 1
            return failures >= 0
        }
        if fails { throw HistoryFailure(words: "it is locked", sentence: "It is locked") }
        commits.append(batch.checks.count)
    }

    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {
        prunings.append(Pruning(age: age, limit: limit))
    }

    func close() {}
}
