import KeepAlivePlatform
import Synchronization

/// Keeps the ledger of restarts for whoever restarts, the bot's own loop or its launcher: reads what an earlier process
/// left, writes what was decided, and tells of a file that cannot be used. Nothing it meets stops a restart.
package final class LedgerKeeper: Sendable {
    private struct Memory {
        /// What the file said last, or would say if it could be written.
        var ledger: RestartLedger?
        /// The file lags behind it.
        var isUnsaved = false
        /// That the file cannot be read was told.
        var isTold = false
    }

    private let store: BackoffStore
    private let memory = Mutex(Memory())
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
                guard ledger.isRecent(at: wallClock(), resetAfter: resetAfter) else {
                    // History, also for whoever reads the file next.
                    clear(tell: tell)
                    return nil
                }
                memory.withLock { $0.ledger = ledger }
                tell(.ledgerResumed(failures: ledger.record.failures, remaining: remaining(of: ledger)))
                return ledger
            }
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
            return nil
        }
    }

    /// What the ledger says now; nil when there is none. One that cannot be read, or is damaged, stands as it was known last:
    /// a bot whose failures were forgotten with it would be restarted for ever.
    package func current(tell: (KeepAliveEvent) -> Void) -> RestartLedger? {
        let (known, isUnsaved, isTold) = memory.withLock { ($0.ledger, $0.isUnsaved, $0.isTold) }
        if isUnsaved { return known }
        do throws(Errno) {
            switch try store.load() {
            case .nothing: memory.withLock { $0 = Memory() }
            case .ledger(let ledger): memory.withLock { $0 = Memory(ledger: ledger) }
            case .damaged(let aside):
                tell(.ledgerDamaged(path: store.path, movedTo: aside))
                if let known { put(known, flushes: false, tell: tell) }
            }
        } catch {
            memory.withLock { $0.isTold = true }
            if !isTold { tell(.ledgerUnwritable(path: store.path, reason: error.message)) }
        }
        return memory.withLock { $0.ledger }
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
        put(
            RestartLedger(record: record, delay: delay, nextStart: overflow ? .max : next), flushes: flushes, tell: tell
        )
    }

    private func put(_ ledger: RestartLedger, flushes: Bool, tell: (KeepAliveEvent) -> Void) {
        do throws(Errno) {
            try store.save(ledger, flushes: flushes)
            memory.withLock { $0 = Memory(ledger: ledger) }
        } catch {
            memory.withLock { $0 = Memory(ledger: ledger, isUnsaved: true) }
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
        memory.withLock { $0 = Memory() }
        do throws(Errno) {
            try store.clear()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }
}
