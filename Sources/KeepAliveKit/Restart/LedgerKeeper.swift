/// Keeps the ledger of restarts for whoever restarts, the bot's own loop or its launcher: reads what an earlier process
/// left, writes what was decided, and tells of a file that cannot be used. Nothing it meets stops a restart.
package struct LedgerKeeper: Sendable {
    private let store: BackoffStore
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
    package var current: RestartLedger? {
        guard case .ledger(let ledger)? = try? store.load() else { return nil }
        return ledger
    }

    /// What is left of a ledger's delay.
    package func remaining(of ledger: RestartLedger) -> Duration {
        ledger.remaining(at: wallClock())
    }

    /// Writes a decision down; the delay begins now.
    package func save(_ record: RestartPolicy.Record, delay: Duration, tell: (KeepAliveEvent) -> Void) {
        let (next, overflow) = wallClock().addingReportingOverflow(delay.saturatedNanoseconds / 1000)
        do throws(Errno) {
            try store.save(RestartLedger(record: record, delay: delay, nextStart: overflow ? .max : next))
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }

    /// Forgets everything: the bot is healthy.
    package func clear(tell: (KeepAliveEvent) -> Void) {
        do throws(Errno) {
            try store.clear()
        } catch {
            tell(.ledgerUnwritable(path: store.path, reason: error.message))
        }
    }
}
