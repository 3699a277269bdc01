import KeepAlivePlatform

extension PushBoard {
    /// One call of a push service.
    struct Call: Sendable, Equatable {
        var at: MonotonicTime
        /// The status that the service reported, by default `up`.
        var status: ProbeStatus
        var message: String?
        /// Whether a run begins; otherwise it ends, or there is no run.
        var isStart = false
        /// The exit code of the run.
        var exitCode: Int?
        /// The run that it belongs to, so that overlapping runs are told apart.
        var run: String?
    }
}

extension JobRecord {
    /// The most open runs of one service: the oldest is dropped.
    static let mostRuns = 16

    mutating func begin(_ call: PushBoard.Call, wallNow: WallTime) {
        if let replaced = runs.first(where: { $0.id == call.run }) { unendedAt = unendedAt ?? replaced.startedAt }
        runs.removeAll { $0.id == call.run }
        runs.append(Run(id: call.run, startedAt: wallNow.microseconds, tick: call.at))
        runs.removeFirst(max(0, runs.count - Self.mostRuns))
    }

    /// A run that began in the future began now: a clock was wrong.
    mutating func bound(at now: MonotonicTime, wallNow: WallTime) {
        for index in runs.indices where runs[index].startedAt > wallNow.microseconds { runs[index].tick = now }
        for index in runs.indices { runs[index].startedAt = max(0, runs[index].startedAt) }
        (scheduledAt, unendedAt) = (scheduledAt.map { max(0, $0) }, unendedAt.map { max(0, $0) })
    }

    mutating func end(_ call: PushBoard.Call, wallNow: WallTime) {
        unendedAt = nil
        exitCode = call.exitCode
        durationMilliseconds = nil
        guard let index = runs.firstIndex(where: { $0.id == call.run }) else { return }
        durationMilliseconds = runs[index].age(at: call.at, wallNow: wallNow).microseconds / 1000
        runs.remove(at: index)
    }
}

extension PushRecord {
    /// The record with times since 1970 only: a database may hold any number, and a due time must stay within its type.
    func bounded(at now: MonotonicTime, wallNow: WallTime) -> PushRecord {
        var record = self
        record.firstKnownAt = max(0, firstKnownAt)
        record.calledAt = calledAt.map { max(0, $0) }
        record.job?.bound(at: now, wallNow: wallNow)
        return record
    }
}

extension JobRecord.Run {
    /// How long ago it began. The wall clock counts only across a restart of the monitor.
    func age(at now: MonotonicTime, wallNow: WallTime) -> Duration {
        tick.map { now.since($0) } ?? WallTime(microseconds: startedAt).age(at: wallNow)
    }
}
