import KeepAliveKit
import KeepAlivePlatform

/// The page's uptimes, response times and alerts. It caches what it reads: past days do not change, and today expires
/// after some seconds. Only the history's reading thread uses it.
struct FleetHistory {
    private struct Entry {
        var days: [Int64: Uptime] = [:]
        /// The hour of the last read.
        var readTo: Int64?
        var readAt: MonotonicTime?
    }

    private let history: any HistoryReading & Sendable
    private var entries: [String: Entry] = [:]
    /// The hour of the last clean-up.
    private var cleanedAt: Int64?
    private var responses: [String: (times: ResponseLine, at: MonotonicTime)] = [:]
    private var alerts: (found: [Alert], revision: UInt64, at: MonotonicTime)?

    /// An alert with its steps.
    struct Alert: Sendable {
        let row: AlertRow
        let steps: [AlertStep]
    }

    /// How long a read stays valid: a large fleet must not reread everything for each page and event.
    private static let lasts = Duration.seconds(10)
    /// The public page shows only some of them, so more are read than a page shows.
    private static let mostAlerts = 200
    /// Above this number of checks the plot is hourly: reading them would delay everybody.
    private static let mostChecks = 200_000

    init(_ history: any HistoryReading & Sendable) {
        self.history = history
    }

    /// The services whose days are cached.
    var cached: [String] { entries.keys.sorted() }

    /// The last days, the oldest first and today last.
    mutating func days(of service: String, _ count: Int, at time: WallTime) throws -> [Uptime?] {
        let today = time.day
        try refresh(service, at: time)
        let days = entries[service]?.days ?? [:]
        return (0..<Int64(count)).map { days[today - Int64(count) + 1 + $0] }
    }

    /// A service's recent response times.
    mutating func responses(of service: String, every interval: Duration, at time: WallTime) throws -> ResponseLine {
        let now = MonotonicTime.now()
        if let kept = responses[service], now.since(kept.at) < Self.lasts { return kept.times }
        // Drop old entries: a page that nobody reopens would otherwise stay cached.
        responses = responses.filter { now.since($0.value.at) < Self.lasts }
        let second = time.microseconds / 1_000_000
        let day = second - ResponseLine.Span.longest
        let known = try history.checkCount(service: service, from: day)
        var times: ResponseLine
        if known.count > Self.mostChecks {
            times = ResponseLine(span: .init(oldest: day, at: second, interval: 3600), now: second, points: [])
            times.points = try history.hourlyResponses(service: service, from: day / 3600)
        } else {
            let interval = max(1, (interval.microseconds &+ 999_999) / 1_000_000)
            let span = ResponseLine.Span(oldest: known.oldest, at: second, interval: interval)
            times = ResponseLine(span: span, now: second, points: [])
            times.points = try history.responses(service: service, from: times.start, step: span.step)
        }
        // After a clock was set back, points already read lie in the future.
        times.points.removeAll { $0.second > second }
        responses[service] = (times, now)
        return times
    }

    /// The open alerts, then the newest others.
    ///
    /// - Parameter revision: the revision of the last known alert change; a new one causes a new read.
    mutating func newestAlerts(_ revision: UInt64) throws -> [Alert] {
        let now = MonotonicTime.now()
        if let alerts, alerts.revision == revision, now.since(alerts.at) < Self.lasts { return alerts.found }
        let open = try history.alerts(status: .active, service: nil, limit: Self.mostAlerts)
        let newest = try history.alerts(status: .resolved, service: nil, limit: Self.mostAlerts)
        let found = try withSteps(open + newest)
        alerts = (found, revision, now)
        return found
    }

    /// The newest alerts of one service.
    func alerts(of service: String, limit: Int) throws -> [Alert] {
        try withSteps(try history.alerts(status: nil, service: service, limit: limit))
    }

    private func withSteps(_ rows: [AlertRow]) throws -> [Alert] {
        let steps = try history.steps(of: rows)
        return rows.map { Alert(row: $0, steps: steps[$0.id] ?? []) }
    }

    private mutating func refresh(_ service: String, at time: WallTime) throws {
        var entry = entries[service] ?? Entry()
        let now = MonotonicTime.now()
        if let readAt = entry.readAt, now.since(readAt) < Self.lasts { return }
        if cleanedAt != time.hour {
            cleanedAt = time.hour
            // The service may be gone, as containers are.
            entries = entries.filter { $0.value.readTo.map { $0 > time.hour - 24 } ?? false }
        }
        let today = time.day
        let oldest = today - Int64(FleetModel.days) + 1
        // Read everything once an hour: rows may have waited for a full disk.
        let from = entry.readTo == time.hour ? today - 1 : oldest
        for day in try history.dailyUptime(service: service, from: from) { entry.days[day.day] = day.uptime }
        // After a clock was set back, days already read lie in the future.
        entry.days = entry.days.filter { (oldest...today).contains($0.key) }
        entry.readTo = time.hour
        entry.readAt = now
        entries[service] = entry
    }
}

extension WallTime {
    /// Days since 1970, UTC.
    var day: Int64 { microseconds / 86_400_000_000 }
}
