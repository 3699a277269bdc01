import KeepAlivePlatform
import Synchronization

/// Keeps the ledger of restarts for whoever restarts, the bot's own loop or its launcher: reads what an earlier process
/// left, writes what was decided, and tells of a file that cannot be used. Nothing it meets stops a restart.
package final class LedgerKeeper: Sendable {
    private let store: BackoffStore
    /// What the file would hold if it could be written.
    private let unsaved = Mutex<RestartLedger?>(nil)
    private let wallClock: @Sendable () -> Int64

    /// - Parameter wallClock: microseconds since 1970.
    package init(path: String, wallClock: @escaping @Sendable () -> Int64 = { WallTime.now().microseconds }) {
        store = BackoffStore(path: path)
        self.wallClock = wallClock
    }

    /// The ledger that an earlier process left; nil when there is none, or none that still counts.
    ///
    /// - Parameter tell: told of a ledger that is continued, damaged or cannot be used.
    package func resume(resetAfter: Duration, tell: (KeepAliveEvent) -> Void) -> RestartLedger? {
        do throws(Errno) {
            switch try store.load() {
            case .nothing:
                return nil
            case .damaged(let aside):
                tell(.ledgerDamaged(path: store.path, movedTo: aside))
                return nil
            case .ledger(let ledger):
                guard ledger.isRecent(at: wallClock(), resetAfter: resetAfter) else { return nil }
                tell(.ledgerResumed(failures: ledger.record.failures, remaining: remaining(of: ledger)))
                return ledger
            }
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
            return nil
        }
    }

    /// What the ledger says now; nil when there is none.
    package func current(tell: (KeepAliveEvent) -> Void) -> RestartLedger? {
        if let unsaved = unsaved.withLock({ $0 }) { return unsaved }
        switch try? store.load() {
        case .ledger(let ledger): return ledger
        case .damaged(let aside):
            tell(.ledgerDamaged(path: store.path, movedTo: aside))
            return nil
        case .nothing, nil: return nil
        }
    }

    /// What is left of a ledger's delay.
    package func remaining(of ledger: RestartLedger) -> Duration {
        ledger.remaining(at: wallClock())
    }

    /// Writes a decision down; the delay begins now.
    ///
    /// - Parameter flushes: whether to wait for the disk; if not, ``flush(tell:)`` has to follow.
    package func save(
        _ record: RestartPolicy.Record, delay: Duration, flushes: Bool = true, tell: (KeepAliveEvent) -> Void
    ) {
        let (next, overflow) = wallClock().addingReportingOverflow(delay.saturatedNanoseconds / 1000)
        let ledger = RestartLedger(record: record, delay: delay, nextStart: overflow ? .max : next)
        do throws(Errno) {
            try store.save(ledger, flushes: flushes)
            unsaved.withLock { $0 = nil }
        } catch {
            unsaved.withLock { $0 = ledger }
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }

    /// Waits until the disk has what was saved last.
    package func flush(tell: (KeepAliveEvent) -> Void) {
        do throws(Errno) {
            try store.flush()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }

    /// Forgets everything: the bot is healthy.
    package func clear(tell: (KeepAliveEvent) -> Void) {
        unsaved.withLock { $0 = nil }
        do throws(Errno) {
            try store.clear()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }
}
