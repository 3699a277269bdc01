import KeepAliveKit

/// The uptimes and response times of the page. It keeps what it has read: days that are over do not change, and the hours
/// of today are read again once they are some seconds old. Belongs to the thread that reads the history.
struct FleetHistory {
    private struct Entry {
        var days: [Int64: Uptime] = [:]
        var hours: [Int64: HourResponses] = [:]
        /// The hour of the last reading.
        var readTo: Int64?
        var readAt: MonotonicTime?
    }

    private let history: any HistoryReading & Sendable
    private var entries: [String: Entry] = [:]
    private var alerts: (rows: [AlertRow], at: MonotonicTime)?

    /// Until a reading is old: every page and every event of a fleet of hundreds would read it all again.
    private static let lasts = Duration.seconds(10)
    private static let mostAlerts = 100

    init(_ history: any HistoryReading & Sendable) {
        self.history = history
    }

    /// Each of the last days, the oldest first and today last.
    mutating func days(of service: String, _ count: Int, at time: WallTime) throws -> [Uptime?] {
        let today = time.day
        try refresh(service, at: time)
        let days = entries[service]?.days ?? [:]
        return (0..<Int64(count)).map { days[today - Int64(count) + 1 + $0] }
    }

    /// Each of the last hours, the oldest first and the one that runs last.
    mutating func hours(of service: String, _ count: Int, at time: WallTime) throws -> [HourResponses?] {
        let hour = time.hour
        try refresh(service, at: time)
        let hours = entries[service]?.hours ?? [:]
        return (0..<Int64(count)).map { hours[hour - Int64(count) + 1 + $0] }
    }

    /// The newest alerts.
    mutating func newestAlerts() throws -> [AlertRow] {
        let now = MonotonicTime.now()
        if let alerts, now.since(alerts.at) < .seconds(2) { return alerts.rows }
        let rows = try history.alerts(status: nil, service: nil, limit: Self.mostAlerts)
        alerts = (rows, now)
        return rows
    }

    private mutating func refresh(_ service: String, at time: WallTime) throws {
        var entry = entries[service] ?? Entry()
        let now = MonotonicTime.now()
        if let readAt = entry.readAt, now.since(readAt) < Self.lasts { return }
        let today = time.day
        let oldest = today - Int64(FleetModel.days) + 1
        // Once an hour all of it: rows can have waited for a disk that was full.
        let from = entry.readTo == time.hour ? today - 1 : oldest
        for day in try history.dailyUptime(service: service, from: from) { entry.days[day.day] = day.uptime }
        for hour in try history.hourlyResponses(service: service, from: time.hour - Int64(FleetModel.hours)) {
            entry.hours[hour.hour] = hour
        }
        // A clock that was set back makes what was read the future.
        entry.days = entry.days.filter { (oldest...today).contains($0.key) }
        entry.hours = entry.hours.filter { $0.key > time.hour - Int64(FleetModel.hours) && $0.key <= time.hour }
        entry.readTo = time.hour
        entry.readAt = now
        entries[service] = entry
    }
}

extension WallTime {
    /// Days since 1970, UTC.
    var day: Int64 { microseconds / 86_400_000_000 }
}
