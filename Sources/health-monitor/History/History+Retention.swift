import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

extension History {
    func prune() {
        let now = MonotonicTime.now()
        guard let store, failingSince == nil else { return }
        if let lastPrune, now.since(lastPrune) < .seconds(5) { return }
        lastPrune = now
        let day: Int64 = 86_400_000_000
        do {
            guard try clocksAgree(store), let newest = try store.newestCheck(before: .now()) else { return }
            let cutoff = WallTime(microseconds: newest.microseconds &- Int64(retentionDays) &* day)
            // Faster than rows are added, and never for long: checks wait behind it.
            _ = try store.prune(rowsBefore: cutoff, limit: max(1000, writtenSincePrune * 4))
            writtenSincePrune = 0
            if lastHourPrune.map({ now.since($0) >= .seconds(86_400) }) ?? true {
                lastHourPrune = now
                let years = Int64(max(retentionDays, 730))
                try store.pruneHours(before: WallTime(microseconds: newest.microseconds &- years &* day))
            }
        } catch {
            // The next write meets it too, and says it.
            log(.debug, "old rows cannot be deleted: \(Self.words(error))")
        }
    }

    /// Whether the wall clock has gone along with the monotonic one for so long that old rows may be told by it.
    private func clocksAgree(_ store: HistoryStore) throws -> Bool {
        let (boot, wall, sinceBoot) = (BootClock.identity, WallTime.now(), BootClock.now())
        var clocks = try store.clocks() ?? ClockAgreement(boot: boot, wall: wall, sinceBoot: sinceBoot)
        let agreed = clocks.look(boot: boot, wall: wall, sinceBoot: sinceBoot)
        try store.keep(clocks)
        return agreed >= clocksAgreeFor
    }
}
