import KeepAliveKit
import KeepAlivePlatform

/// Judges the calls of a push service. Pure.
struct PushVerdict {
    struct Limits: Sendable {
        /// Nil with a schedule.
        var maxSilence: Duration?
        var schedule: JobSchedule?
        var grace = Duration.seconds(300)
        var maxDuration: Duration?
    }

    /// Two machines' clocks differ: a call this much too early counts, and at most a quarter of the time to the next one.
    private static let mostEarly = Duration.seconds(30)

    private let report: PushBoard.Report
    private let limits: Limits
    private let now: MonotonicTime
    private let wallNow: WallTime

    init(_ report: PushBoard.Report, _ limits: Limits, now: MonotonicTime, wallNow: WallTime) {
        (self.report, self.limits, self.now, self.wallNow) = (report, limits, now, wallNow)
    }

    var result: ProbeResult {
        var result = judged
        let words = report.call?.message?.lines
        result.report = words == report.call?.message?.line() ? nil : words
        let silence = now.since(lastSign)
        let status: ProbeStatus = isSilent ? .unhealthy : hasCalled ? .healthy : .unknown
        result.checks = [.init(name: "silence", status: status, value: silence.seconds)]
        if let duration = report.job?.durationMilliseconds {
            result.checks.append(
                .init(name: "duration", status: lastRunWasLong ? .degraded : .healthy, value: Double(duration) / 1000))
        }
        result.nextDue = due?.next
        return result
    }

    private var judged: ProbeResult {
        if let run = overdueRun {
            let name = run.id.map { " \($0)" } ?? ""
            let limit = limits.maxDuration.map { $0.roundedWords } ?? ""
            let age = run.age(at: now, wallNow: wallNow).roundedWords
            return .init(status: .unhealthy, message: "run\(name) takes \(age) (limit \(limit))")
        }
        if let missed { return .init(status: .unhealthy, message: missed) }
        if let unended { return .init(status: .unhealthy, message: unended) }
        if isSilent {
            let what = hasCalled ? "no further call" : "no call"
            let silence = now.since(lastSign).components.seconds
            return .init(status: .unhealthy, message: "\(what) for \(silence) s")
        }
        return said
    }

    /// What the service said last.
    private var said: ProbeResult {
        let running = report.job?.runs.last { !isOutlived($0) }.map {
            "running for \($0.age(at: now, wallNow: wallNow).roundedWords)"
        }
        guard let call = report.call else {
            // The target is new: silence proves nothing yet.
            guard let running else { return .init(status: .unknown, message: "no call yet" + dueWords) }
            return .init(status: .healthy, message: running)
        }
        let note = call.message?.beginning()
        let ago = "\(now.since(call.at).components.seconds) s ago"
        switch call.status {
        case .unhealthy, .degraded:
            let code = report.job?.exitCode.flatMap { $0 == 0 ? nil : "exit code \($0)" }
            let words = call.status == .unhealthy ? "it reported a failure" : "it reported a problem"
            let message = [code, note].compactMap { $0 }.joined(separator: ": ")
            return .init(
                status: call.status,
                message: message.isEmpty ? "\(words) \(ago)" : note == nil ? "\(message), \(ago)" : message)
        case .healthy, .unknown, .maintenance:
            let took = report.job?.durationMilliseconds.map { Duration.milliseconds($0).roundedWords }
            if lastRunWasLong, let took, let limit = limits.maxDuration?.roundedWords {
                return .init(status: .degraded, message: "the last run took \(took) (limit \(limit))" + dueWords)
            }
            let last = running ?? note ?? "last call \(ago)" + (took.map { ", the run took \($0)" } ?? "")
            return .init(status: call.status, message: last + dueWords)
        }
    }

    private var dueWords: String {
        guard let schedule = limits.schedule, let next = due?.next else { return "" }
        return "; next due \(schedule.words(next, now: wallNow)) \(schedule.zone.name)"
    }

    // MARK: Runs

    /// The oldest run over its limit.
    private var overdueRun: JobRecord.Run? {
        guard let limit = limits.maxDuration else { return nil }
        return report.job?.runs.first { $0.age(at: now, wallNow: wallNow) > limit && !isOutlived($0) }
    }

    /// Whether another run has ended after this one's limit. Then its own end was lost, and what the other run reported
    /// is newer, be it a success or a failure.
    private func isOutlived(_ run: JobRecord.Run) -> Bool {
        guard let limit = limits.maxDuration, let calledAt = report.calledAt else { return false }
        let (end, overflow) = run.startedAt.addingReportingOverflow(limit.microseconds)
        return calledAt > (overflow ? .max : end)
    }

    /// Why the job never ends; nil if it does. The next due time is the limit of a run without `maxDuration`: a job
    /// that only begins each time, and always hangs, would else stay healthy.
    private var unended: String? {
        guard let schedule = limits.schedule, limits.maxDuration == nil, let job = report.job else { return nil }
        let starts = [job.unendedAt].compactMap { $0 } + job.runs.map(\.startedAt)
        let hanging = starts.last { start in
            guard start > report.calledAt ?? .min, start <= wallNow.microseconds else { return false }
            let known = max(start, scheduledAt ?? start)
            guard let due = next(of: schedule, after: WallTime(microseconds: known), isSign: known == start) else {
                return false
            }
            return wallNow > end(of: due)
        }
        return hanging.map {
            "the run of \(schedule.words(WallTime(microseconds: $0), now: wallNow)) has not ended"
        }
    }

    private var lastRunWasLong: Bool {
        guard let limit = limits.maxDuration, let took = report.job?.durationMilliseconds else { return false }
        return .milliseconds(took) > limit
    }

    // MARK: Silence

    private var hasCalled: Bool { report.call != nil || report.job?.runs.isEmpty == false }

    /// The last call of any kind, or when the silence began.
    private var lastSign: MonotonicTime {
        let run = report.job?.runs.last.map { now.advanced(by: .zero - $0.age(at: now, wallNow: wallNow)) }
        return [report.call?.at, run].compactMap { $0 }.max() ?? report.silentSince
    }

    private var isSilent: Bool {
        let silence = now.since(max(lastSign, report.excusedSince ?? lastSign))
        return limits.maxSilence.map { silence > $0 } ?? false
    }

    /// When the grace after a due time ends. It starts again once an outage of this monitor's own network is over.
    private func end(of due: WallTime) -> WallTime {
        let excused = report.excusedSince.map { wallNow.microseconds - max(.zero, now.since($0)).microseconds }
        return WallTime(microseconds: max(due.microseconds, excused ?? .min) + limits.grace.microseconds)
    }

    /// A time on the wall clock. If the clock was set back since, its age on this process's clock counts: silence must
    /// not be excused until the wall clock catches up.
    private func past(_ time: Int64, since age: Duration) -> Int64 {
        time <= wallNow.microseconds ? time : wallNow.microseconds - max(.zero, age).microseconds
    }

    /// Since when the schedule is known; nil if nobody has noted it.
    private var scheduledAt: Int64? {
        report.job?.scheduledAt.map { past($0, since: now.since(report.scheduledSince)) }
    }

    /// The first due time that no call has met, and the next one from now on, if there is one.
    private var due: (first: WallTime, next: WallTime?)? {
        guard let schedule = limits.schedule else { return nil }
        let call = report.calledAt.map { past($0, since: report.call.map { now.since($0.at) } ?? .zero) }
        let run = report.job?.runs.last.map { past($0.startedAt, since: $0.age(at: now, wallNow: wallNow)) }
        let known =
            scheduledAt ?? report.firstKnownAt.map { past($0, since: now.since(report.silentSince)) }
            ?? wallNow.microseconds
        let sign = [call, run].compactMap { $0 }.max()
        let base = WallTime(microseconds: max(sign ?? known, known))
        guard let first = next(of: schedule, after: base, isSign: sign == base.microseconds) else { return nil }
        return (first, first > wallNow ? first : schedule.next(after: wallNow))
    }

    /// The first due time after a moment. A call shortly before a due time has met it, so that the next one counts.
    private func next(of schedule: JobSchedule, after base: WallTime, isSign: Bool) -> WallTime? {
        guard let first = schedule.next(after: base) else { return nil }
        guard isSign else { return first }
        let second = schedule.next(after: first)
        let period = second.map { $0.microseconds - first.microseconds } ?? .max
        let most = min(Self.mostEarly.microseconds, period / 4)
        return first.microseconds - base.microseconds <= most ? second : first
    }

    /// Why the service is too late; nil if it is not.
    private var missed: String? {
        guard let schedule = limits.schedule, let due = due?.first else { return nil }
        let end = end(of: due)
        guard wallNow > end else { return nil }
        return "did not call by \(schedule.words(end, now: wallNow)) (due \(schedule.words(due, now: wallNow)), "
            + "grace \(limits.grace.roundedWords))"
    }
}
