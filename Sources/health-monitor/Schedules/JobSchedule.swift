import KeepAlivePlatform

/// When a job is due: a cron expression or a calendar event of systemd, in a zone. Pure.
struct JobSchedule: Sendable, Equatable {
    private enum Times: Sendable, Equatable {
        case cron(CronSchedule)
        case calendar(CalendarSchedule)
    }

    /// The year 2199 in microseconds: the last one of ``CivilTime/years``.
    private static let end = CivilMonth(CivilTime.years.upperBound, 1).start * 1_000_000

    let text: String
    let zone: Zone
    private let times: Times

    /// A schedule whose last time has passed is not refused: it was right once.
    ///
    /// - Parameter zone: where the text names none.
    init(
        _ text: String, in zone: Zone = .utc, zones: (String) -> Zone? = { ZoneFile.zone(named: $0) }
    ) throws(ScheduleFault) {
        self.text = text
        if CronSchedule.isCron(text) {
            times = .cron(try CronSchedule(text))
            self.zone = zone
        } else {
            let calendar = try CalendarSchedule(text, zones: zones)
            times = .calendar(calendar)
            self.zone = calendar.zone ?? (text.hasPrefix("@") ? .utc : zone)
        }
        guard next(after: WallTime(microseconds: 0)) != nil else {
            throw ScheduleFault(words: "\"\(text.prefix(60))\" names a date that no year has: give another date")
        }
    }

    /// The text with its zone, to notice a change.
    var identity: String { "\(text) \(zone.name)" }

    /// The first due time after a time; nil if there is none.
    func next(after time: WallTime) -> WallTime? {
        // A clock beyond these years is wrong.
        guard time.microseconds < Self.end else { return nil }
        let time = max(0, time.microseconds)
        switch times {
        case .cron(let cron):
            return cron.next(after: time / 1_000_000, in: zone).map { .init(microseconds: $0 * 1_000_000) }
        case .calendar(let calendar): return calendar.next(after: time, in: zone).map(WallTime.init(microseconds:))
        }
    }

    /// A time as the zone's clocks show it: `02:30`, with the date where `now` has another.
    func words(_ time: WallTime, now: WallTime) -> String {
        let shown = CivilTime(seconds: zone.local(time.microseconds / 1_000_000))
        let today = CivilTime(seconds: zone.local(now.microseconds / 1_000_000))
        let minutes = shown.microseconds / 60_000_000
        func two(_ number: some BinaryInteger) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(minutes / 60)):\(two(minutes % 60))"
        guard (shown.year, shown.month, shown.day) != (today.year, today.month, today.day) else { return clock }
        return "\(shown.year)-\(two(shown.month))-\(two(shown.day)) \(clock)"
    }
}
