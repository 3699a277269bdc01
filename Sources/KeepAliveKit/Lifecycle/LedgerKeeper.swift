import KeepAlivePlatform
import Synchronization

/// Keeps the ledger of restarts for the bot's own loop or its launcher. It reads the file of an earlier process, writes
/// decisions, and reports a file that cannot be used. No problem with the file stops a restart.
package final class LedgerKeeper: Sendable {
    private struct Memory {
        /// What the file last contained, or would contain if it could be written.
        var ledger: RestartLedger?
        /// Whether the file lags behind the ledger.
        var isUnsaved = false
        /// Whether the unreadable file was reported.
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

    /// The ledger that an earlier process left; nil when there is none, or it is too old to count.
    ///
    /// - Parameter tell: receives the event of a ledger that is continued, damaged or unusable.
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
                    // History, also for the next reader of the file.
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

    /// The current ledger; nil when there is none. If the file is damaged or unreadable, the last known ledger stands:
    /// otherwise the bot's failures would be lost and its restarts unlimited.
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

    /// The remaining delay of a ledger.
    package func remaining(of ledger: RestartLedger) -> Duration {
        ledger.remaining(at: wallClock())
    }

    /// Writes a decision; the delay begins now.
    ///
    /// - Parameter flushes: whether to wait for the disk; if not, the caller must call ``flush(tell:)``.
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

    /// Waits until the last save is on disk.
    package func flush(tell: (KeepAliveEvent) -> Void) {
        do throws(Errno) {
            try store.flush()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }

    /// Forgets all failures: the bot is healthy.
    package func clear(tell: (KeepAliveEvent) -> Void) {
        memory.withLock { $0 = Memory() }
        do throws(Errno) {
            try store.clear()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }
}
