import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension MaintenanceWindow {
    /// The end of the window that a time lies in; nil outside. Pure.
    func end(containing time: Date) -> Date? {
        guard contains(time) else { return nil }
        switch self {
        case .once(_, let to): return to
        case .weekly(_, let from, let to, let zone):
            let second = Self.wall(time) / 1_000_000
            let local = zone.local(second)
            let isTomorrow = from >= to && Int(local % 86_400) / 60 >= from
            let end = local - local % 86_400 + Int64(to * 60 + (isTomorrow ? 86_400 : 0))
            return Date(timeIntervalSince1970: Double(zone.time(of: end, after: second)))
        case .recurring(let schedule, let length):
            let start = schedule.next(after: WallTime(microseconds: Self.wall(time) - length.microseconds))
            return start.map { Date(timeIntervalSince1970: Double($0.microseconds) / 1_000_000 + length.seconds) }
        }
    }
}

extension Target {
    /// When its maintenance ends, with the windows that follow without a gap; nil outside every window.
    func maintenanceEnd(at time: WallTime) -> WallTime? {
        var end: Date?
        var now = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        // A window that is always open has no end worth naming.
        for _ in 0..<14 {
            if let next = maintenance.compactMap({ $0.end(containing: now) }).max() {
                (end, now) = (next, next)
                continue
            }
            let seconds = end?.timeIntervalSince1970 ?? 0
            return end == nil || seconds > 253_402_300_799 ? nil : WallTime(microseconds: Int64(seconds) * 1_000_000)
        }
        return nil
    }
}
