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

    /// Of a run whose start nobody reported the duration is unknown, not the one before.
    @Test func aRunsFactsAreItsOwn() throws {
        let (board, now) = (PushBoard(["token": .init(name: "job")]), MonotonicTime.now())
        func note(at second: Int, isStart: Bool = false, code: Int? = nil) -> JobRecord? {
            let call = PushBoard.Call(
                at: now.advanced(by: .seconds(second)), status: .healthy, isStart: isStart, exitCode: code)
            return board.note("token", call)?.record.job
        }
        _ = note(at: 0, isStart: true)
        let first = try #require(note(at: 2, code: 3))
        #expect(first.durationMilliseconds == 2000 && first.exitCode == 3)
        let second = try #require(note(at: 9, code: 0))
        #expect(second.durationMilliseconds == nil && second.exitCode == 0)
        let third = try #require(note(at: 10))
        #expect(third.exitCode == nil, "it reported none")
    }

    /// A run that seems to begin in the future, because a clock was set back, gets its time from now on.
    @Test func aRunOfTheFutureBeganNow() {
        let (now, wallNow) = (MonotonicTime.now(), WallTime(microseconds: 1_768_838_847_500_000))
        var job = JobRecord(runs: [
            .init(id: "future", startedAt: wallNow.microseconds + 3_600_000_000),
            .init(id: "past", startedAt: wallNow.microseconds - 60_000_000),
        ])
        job.bound(at: now, wallNow: wallNow)
        let later = WallTime(microseconds: wallNow.microseconds + 5_000_000)
        let ages = job.runs.map { $0.age(at: now.advanced(by: .seconds(5)), wallNow: later) }
        #expect(ages == [.seconds(5), .seconds(65)])
    }

    /// Two calls may reach the history in another order: the last one has the highest number.
    @Test func eachCallHasAHigherNumber() {
        let board = PushBoard(["token": .init(name: "job")])
        let numbers = (1...3).map { _ in
            board.note("token", .init(at: .now(), status: .healthy, message: nil))?.record.revision
        }
        #expect(numbers == [1, 2, 3])
    }

    /// What this run was told is newer than the history, which may be of a clock that was fast.
    @Test func whatTheHistoryKnowsOfAService() {
        let (now, wallNow) = (MonotonicTime.now(), WallTime(microseconds: 1_768_838_847_500_000))
        func remembered(_ seconds: Int64, isTold: Bool = false) -> PushBoard {
            let board = PushBoard(["token": .init(name: "job")], start: now)
            if isTold { board.note("token", .init(at: now, status: .degraded), wallNow: wallNow) }
            let record = PushRecord(
                firstKnownAt: wallNow.microseconds - 90_000_000,
                calledAt: wallNow.microseconds + seconds * 1_000_000, status: .unhealthy, message: "old")
            board.remember(["job": record], now: now, wallNow: wallNow)
            return board
        }
        let past = remembered(-60).report("token")
        #expect(past.call == .init(at: now.advanced(by: .seconds(-60)), status: .unhealthy, message: "old"))
        #expect(past.calledAt == wallNow.microseconds - 60_000_000)
        #expect(past.silentSince == now.advanced(by: .seconds(-90)))
        let future = remembered(3600).report("token")
        #expect(future.call?.at == now && future.calledAt == wallNow.microseconds)
        #expect(remembered(-60, isTold: true).last("token")?.status == .degraded)
    }
}
