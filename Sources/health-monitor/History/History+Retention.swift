import KeepAliveKit
import SQLite

extension History {
    func prune() {
        let now = MonotonicTime.now()
        guard let store, failingSince == nil else { return }
        if let lastPrune, now.since(lastPrune) < .seconds(5) { return }
        lastPrune = now
        let wall = WallTime.now()
        let day: Int64 = 86_400_000_000
        let cutoff = WallTime(microseconds: wall.microseconds &- Int64(retentionDays) &* day)
        do {
            // Faster than rows are added, and never for long: checks wait behind it.
            _ = try store.prune(rowsBefore: cutoff, limit: max(1000, writtenSincePrune * 4))
            writtenSincePrune = 0
            if lastHourPrune.map({ now.since($0) >= .seconds(86_400) }) ?? true {
                lastHourPrune = now
                let years = Int64(max(retentionDays, 730))
                try store.pruneHours(before: WallTime(microseconds: wall.microseconds &- years &* day))
            }
        } catch {
            // The next write meets it too, and says it.
            log(.debug, "old rows cannot be deleted: \(Self.words(error))")
        }
    }
}
