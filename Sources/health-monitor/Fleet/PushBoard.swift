import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The history's record of a push service.
struct PushRecord: Codable, Sendable, Equatable {
    /// When its target was first watched, in microseconds since 1970: the silence before the first call starts then.
    var firstKnownAt: Int64
    /// The last call; nil if there was none.
    var calledAt: Int64?
    var status: ProbeStatus?
    var message: String?
    /// Its runs; nil if it reported none.
    var job: JobRecord?
    /// Grows with each call in this process: two calls may reach the history in another order.
    var revision: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case firstKnownAt, calledAt, status, message, job }

    /// Ignores the revision, which is valid only in this process.
    static func == (left: PushRecord, right: PushRecord) -> Bool {
        (left.firstKnownAt, left.calledAt, left.status, left.message, left.job)
            == (right.firstKnownAt, right.calledAt, right.status, right.message, right.job)
    }
}

/// The last calls of each service with a `push` target. Thread-safe: the server's thread writes, probes read.
final class PushBoard: Sendable {
    /// A service as the configuration describes it.
    struct Service: Sendable, Equatable {
        let name: String
        /// The schedule that it follows.
        var schedule: String?
    }

    /// What is known of a service.
    struct Report: Sendable, Equatable {
        /// The last call that did not begin a run, and its time on the wall clock.
        var call: Call?
        var calledAt: Int64?
        var job: JobRecord?
        /// When the silence of a service that has never called began.
        var silentSince: MonotonicTime
        var firstKnownAt: Int64?
        /// When its schedule became known, on this process's clock.
        var scheduledSince: MonotonicTime
        /// When its time started again, because this monitor had no network; nil if it never did.
        var excusedSince: MonotonicTime?
    }

    struct Line {
        var service: Service?
        var firstKnownAt: WallTime?
        var since: MonotonicTime?
        var scheduledSince: MonotonicTime?
        var call: Call?
        var calledAt: Int64?
        var job: JobRecord?
        var revision: UInt64 = 0
        /// When this process last took a call itself.
        var notedAt: MonotonicTime?
        var excuse = PushExcuse()

        func record(_ firstKnownAt: WallTime) -> PushRecord {
            PushRecord(
                firstKnownAt: firstKnownAt.microseconds, calledAt: calledAt, status: call?.status,
                message: call?.message, job: job, revision: revision)
        }
    }

    private let lines: Mutex<[String: Line]>
    /// The silence before the first call starts here if no earlier time is known.
    private let start: MonotonicTime

    /// - Parameter services: by their tokens.
    init(_ services: [String: Service] = [:], start: MonotonicTime = .now()) {
        lines = Mutex(services.mapValues { Line(service: $0) })
        self.start = start
    }

    /// Takes the services of a reloaded configuration by their tokens; known services keep their calls. The silence of a
    /// new one starts now.
    func watch(_ services: [String: Service], now: MonotonicTime = .now()) {
        lines.withLock { lines in
            let known = Dictionary(lines.values.compactMap { line in line.service.map { ($0.name, line) } }) { one, _ in
                one
            }
            lines = services.mapValues { service in
                var line = known[service.name] ?? Line(since: now)
                line.service = service
                return line
            }
        }
    }

    /// Notes a call; returns the record to keep, with the service's name if the token has one.
    @discardableResult
    func note(_ token: String, _ call: Call, wallNow: WallTime = .now()) -> (name: String, record: PushRecord)? {
        lines.withLock { lines in
            var line = lines[token] ?? Line()
            if call.isStart {
                line.job = line.job ?? JobRecord()
                line.job?.begin(call, wallNow: wallNow)
            } else {
                (line.call, line.calledAt) = (call, wallNow.microseconds)
                if call.exitCode != nil { line.job = line.job ?? JobRecord() }
                line.job?.end(call, wallNow: wallNow)
            }
            let known = line.firstKnownAt ?? wallNow
            line.firstKnownAt = known
            line.revision &+= 1
            line.notedAt = call.at
            lines[token] = line
            return line.service.map { ($0.name, line.record(known)) }
        }
    }

    /// Takes the outcome of a look at a service's calls; returns whether its time starts again: see `PushExcuse`.
    func noteLook(_ token: String, isLate: Bool, isConnected: Bool, now: MonotonicTime = .now()) -> Bool {
        lines.withLock { $0[token]?.excuse.note(isLate: isLate, isConnected: isConnected, at: now) ?? false }
    }

    /// Changes each line; returns what `change` found.
    func changeLines<Found: Sendable>(_ change: (inout Line) -> Found?) -> [Found] {
        lines.withLock { lines in
            lines.keys.compactMap { token in
                guard var line = lines[token] else { return nil }
                defer { lines[token] = line }
                return change(&line)
            }
        }
    }

    /// Whether a service has this token.
    func knows(_ token: String) -> Bool { lines.withLock { $0[token]?.service != nil } }

    /// The last call with this token that did not begin a run.
    func last(_ token: String) -> Call? { lines.withLock { $0[token]?.call } }

    /// When the silence of a service that has never called began.
    func silentSince(_ token: String) -> MonotonicTime { report(token).silentSince }

    func report(_ token: String) -> Report {
        lines.withLock { lines in
            let line = lines[token]
            let since = line?.since ?? start
            return Report(
                call: line?.call, calledAt: line?.calledAt, job: line?.job, silentSince: since,
                firstKnownAt: line?.firstKnownAt?.microseconds, scheduledSince: line?.scheduledSince ?? since,
                excusedSince: line?.excuse.since)
        }
    }

    /// Loads the history's records by service name. Silence continues while the monitor is down. A time in the future
    /// counts as now, because a clock was wrong.
    func remember(_ records: [String: PushRecord], now: MonotonicTime, wallNow: WallTime) {
        func monotonic(_ time: Int64) -> MonotonicTime {
            now.advanced(by: .zero - WallTime(microseconds: time).age(at: wallNow))
        }
        lines.withLock { lines in
            for (token, line) in lines {
                guard let kept = line.service.flatMap({ records[$0.name] }) else { continue }
                let record = kept.bounded(at: now, wallNow: wallNow)
                lines[token]?.firstKnownAt = WallTime(microseconds: record.firstKnownAt)
                lines[token]?.since = monotonic(record.firstKnownAt)
                // What this run was told is more recent.
                if line.job == nil {
                    lines[token]?.job = record.job
                    lines[token]?.scheduledSince = record.job?.scheduledAt.map(monotonic)
                }
                guard line.call == nil, let time = record.calledAt else { continue }
                lines[token]?.calledAt = min(time, wallNow.microseconds)
                lines[token]?.call = Call(
                    at: monotonic(time), status: record.status ?? .healthy, message: record.message)
            }
        }
    }

    /// The services without an earlier record, or with a schedule that is new, by name; each gets a record now.
    func neverKnown(now: WallTime, tick: MonotonicTime = .now()) -> [(name: String, record: PushRecord)] {
        lines.withLock { lines in
            lines.compactMap { token, line in
                guard let service = line.service else { return nil }
                let isNew = line.job?.schedule != service.schedule
                guard line.firstKnownAt == nil || isNew else { return nil }
                var line = line
                if isNew {
                    var job = line.job ?? JobRecord()
                    (job.schedule, job.scheduledAt) = (service.schedule, service.schedule.map { _ in now.microseconds })
                    line.job = job
                    line.scheduledSince = tick
                }
                let known = line.firstKnownAt ?? now
                line.firstKnownAt = known
                lines[token] = line
                return (service.name, line.record(known))
            }
        }
    }
}

extension WallTime {
    /// How long ago it was; zero for a time in the future.
    func age(at now: WallTime) -> Duration {
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(microseconds)
        return .microseconds(overflow ? 0 : max(0, age))
    }
}
