import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// What a database holds of a push service may be any number.
struct PushRecordTests {
    @Test(arguments: [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max])
    func noTimeOfADatabaseEndsTheMonitor(time: Int64) throws {
        var job = JobRecord(
            runs: [.init(id: "a", startedAt: time), .init(startedAt: time)], durationMilliseconds: time, exitCode: 1,
            schedule: "30 2 * * * UTC", scheduledAt: time)
        job.unendedAt = time
        let records = [
            PushRecord(firstKnownAt: time, job: job), PushRecord(firstKnownAt: time, calledAt: time, job: job),
            PushRecord(firstKnownAt: time, calledAt: time),
        ]
        var limits = PushVerdict.Limits()
        limits.schedule = try JobSchedule("30 2 * * *")
        var long = limits
        long.maxDuration = .seconds(3600)
        let (now, wallNow) = (MonotonicTime.now(), WallTime.now())
        for record in records {
            // From this monitor's history, and from another monitor.
            for isLearned in [false, true] {
                let board = PushBoard(["token": .init(name: "job", schedule: "30 2 * * * UTC")])
                if isLearned {
                    _ = board.learn(["job": record], looked: now, wallNow: wallNow)
                } else {
                    board.remember(["job": record], now: now, wallNow: wallNow)
                }
                for limits in [limits, long] {
                    let result = PushVerdict(board.report("token"), limits, now: now, wallNow: wallNow).result
                    #expect(result.nextDue.map { $0 > wallNow } ?? true)
                }
            }
        }
    }
}
