import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// A nightly job at 02:30 with five minutes of grace.
struct PushVerdictTests {
    /// 2026-01-19 00:00 UTC.
    private static let midnight: Int64 = 1_768_780_800
    private static let tick = MonotonicTime.now()

    private static func wall(_ minutes: Double) -> WallTime {
        WallTime(microseconds: midnight * 1_000_000 + Int64(minutes * 60_000_000))
    }

    private static func tick(_ minutes: Double) -> MonotonicTime { tick.advanced(by: .seconds(minutes * 60)) }

    private static func limits(_ text: String = "30 2 * * *", maxDuration: Duration? = nil) throws -> PushVerdict.Limits
    {
        var limits = PushVerdict.Limits()
        limits.schedule = try JobSchedule(text)
        limits.maxDuration = maxDuration
        return limits
    }

    /// The verdict at a minute, after calls at minutes.
    private static func look(
        at minute: Double, after calls: [(Double, PushBoard.Call)] = [], _ limits: PushVerdict.Limits, known: Double = 0
    ) -> ProbeResult {
        let board = PushBoard(["token": .init(name: "job", schedule: "x")], start: tick(known))
        _ = board.neverKnown(now: wall(known), tick: tick(known))
        for (minute, call) in calls {
            var call = call
            call.at = tick(minute)
            board.note("token", call, wallNow: wall(minute))
        }
        return PushVerdict(board.report("token"), limits, now: tick(minute), wallNow: wall(minute)).result
    }

    private static func call(
        _ status: ProbeStatus = .healthy, _ message: String? = nil, start: Bool = false, code: Int? = nil,
        run: String? = nil
    ) -> PushBoard.Call {
        .init(at: tick, status: status, message: message, isStart: start, exitCode: code, run: run)
    }

    private static let ok = call()
    private static let start = call(start: true)

    @Test func aMissedRunIsUnhealthyAfterItsGrace() throws {
        let limits = try Self.limits()
        #expect(Self.look(at: 100, limits).status == .unknown)
        #expect(Self.look(at: 100, limits).message == "no call yet; next due 02:30 UTC")
        #expect(Self.look(at: 100, limits).nextDue == Self.wall(150))
        #expect(Self.look(at: 155, limits).status == .unknown)
        let missed = Self.look(at: 155.1, limits)
        #expect(missed.status == .unhealthy)
        #expect(missed.message == "did not call by 02:35 (due 02:30, grace 5 min)")
        #expect(missed.nextDue == Self.wall(150 + 1440))
        // On the next day too, with the date.
        #expect(Self.look(at: 1500, limits).message.hasPrefix("did not call by 2026-01-19 02:35 (due 2026-01-19 02:30"))
    }

    @Test(arguments: [150, 154.9, 149.6, 158]) func aCallMeetsItsDueTime(minute: Double) throws {
        let limits = try Self.limits()
        let after = Self.look(at: 160, after: [(minute, Self.ok)], limits)
        #expect(after.status == .healthy)
        #expect(after.nextDue == Self.wall(150 + 1440))
        #expect(after.message.hasSuffix("; next due 2026-01-20 02:30 UTC"))
        #expect(Self.look(at: 150 + 1440 + 5.1, after: [(minute, Self.ok)], limits).status == .unhealthy)
    }

    /// A call by hand an hour before replaces no run.
    @Test func anEarlierCallDoesNotMeetIt() throws {
        #expect(Self.look(at: 156, after: [(90, Self.ok)], try Self.limits()).status == .unhealthy)
    }

    /// Half a minute early is a clock's fault; more is another run.
    @Test(arguments: [(149.5, ProbeStatus.healthy), (149.49, .unhealthy)])
    func halfAMinuteEarlyMeetsIt(minute: Double, status: ProbeStatus) throws {
        #expect(Self.look(at: 156, after: [(minute, Self.ok)], try Self.limits()).status == status)
    }

    /// A run of exactly its limit is in time.
    @Test func theLimitItselfIsAllowed() throws {
        let limits = try Self.limits(maxDuration: .seconds(3600))
        #expect(Self.look(at: 210, after: [(150, Self.start)], limits).status == .healthy)
        #expect(Self.look(at: 230, after: [(150, Self.start), (210, Self.ok)], limits).status == .healthy)
    }

    /// A job of every minute is not early by half of its period.
    @Test func earlyIsAtMostAQuarterOfThePeriod() throws {
        var limits = try Self.limits("* * * * *")
        limits.grace = .seconds(5)
        #expect(Self.look(at: 10.1, after: [(9.6, Self.ok)], limits).status == .unhealthy)
        #expect(Self.look(at: 10.1, after: [(9.8, Self.ok)], limits).status == .healthy)
    }

    @Test func aRunThatBeginsLateButWithinGraceMayEndLater() throws {
        let limits = try Self.limits(maxDuration: .seconds(3600))
        let running = Self.look(at: 170, after: [(154, Self.start)], limits)
        #expect(running.status == .healthy)
        #expect(running.message == "running for 16 min")
        let ended = Self.look(at: 180, after: [(154, Self.start), (179, Self.ok)], limits)
        #expect(ended.status == .healthy)
        #expect(ended.message.hasPrefix("last call 60 s ago, the run took 25 min; next due"))
        #expect(ended.checks.first { $0.name == "duration" }?.value == 1500)
    }

    @Test func tooLongARunIsUnhealthyAndDegradedAfterwards() throws {
        let limits = try Self.limits(maxDuration: .seconds(3600))
        let running = Self.look(at: 212, after: [(150, Self.start)], limits)
        #expect(running.status == .unhealthy)
        #expect(running.message == "run takes 62 min (limit 60 min)")
        let ended = Self.look(at: 230, after: [(150, Self.start), (220, Self.ok)], limits)
        #expect(ended.status == .degraded)
        #expect(ended.message.hasPrefix("the last run took 70 min (limit 60 min)"))
        let next = [(150.0, Self.start), (220, Self.ok), (1590, Self.start), (1600, Self.ok)]
        #expect(Self.look(at: 1601, after: next, limits).status == .healthy)
    }

    /// Without maxDuration the next due time ends the wait.
    @Test func aStartWithoutAnEndIsMissedAtTheNextDueTime() throws {
        let limits = try Self.limits()
        #expect(Self.look(at: 1500, after: [(150, Self.start)], limits).status == .healthy)
        #expect(Self.look(at: 1596, after: [(150, Self.start)], limits).status == .unhealthy)
    }

    @Test(arguments: [
        (call(.unhealthy, "disk full", code: 3), "exit code 3: disk full"),
        (call(.unhealthy, code: 3), "exit code 3, 60 s ago"),
        (call(.unhealthy, "no\u{1B}[31m space\nleft"), "no [31m space"),
        (call(.unhealthy), "it reported a failure 60 s ago"),
    ])
    func aFailureIsUnhealthyAtOnce(call: PushBoard.Call, words: String) throws {
        let result = Self.look(at: 151, after: [(150, call)], try Self.limits())
        #expect(result.status == .unhealthy)
        #expect(result.message.hasPrefix(words), "\(result.message)")
        // Until a run succeeds: a start proves nothing.
        #expect(Self.look(at: 161, after: [(150, call), (160, Self.start)], try Self.limits()).status == .unhealthy)
        #expect(Self.look(at: 161, after: [(150, call), (160, Self.ok)], try Self.limits()).status == .healthy)
    }

    @Test func overlappingRunsAreToldApart() throws {
        let limits = try Self.limits("0 * * * *", maxDuration: .seconds(5400))
        let calls = [
            (60, Self.call(start: true, run: "a")), (120, Self.call(start: true, run: "b")),
            (125, Self.call(run: "b")),
        ]
        let both = Self.look(at: 126, after: calls.map { (Double($0.0), $0.1) }, limits)
        #expect(both.status == .healthy)
        #expect(both.checks.first { $0.name == "duration" }?.value == 300)
        let late = Self.look(at: 151, after: calls.map { (Double($0.0), $0.1) }, limits)
        #expect(late.status == .unhealthy)
        #expect(late.message == "run a takes 91 min (limit 90 min)")
        // Its end was lost, and the job has succeeded since.
        let more = calls.map { (Double($0.0), $0.1) } + [(180.0, Self.ok)]
        #expect(Self.look(at: 181, after: more, limits).status == .healthy)
    }

    /// A run whose end was lost does not come back, and a newer failure is shown.
    @Test(arguments: [
        (call(.unhealthy, "disk full", code: 1, run: "wed"), ProbeStatus.unhealthy, "exit code 1: disk full"),
        (call(.degraded, "half", run: "wed"), .degraded, "half"),
    ])
    func anOutlivedRunIsForgotten(last: PushBoard.Call, status: ProbeStatus, message: String) throws {
        let limits = try Self.limits("0 0 * * *", maxDuration: .seconds(3600))
        let calls = [
            (0.0, Self.call(start: true, run: "mon")), (1440, Self.call(start: true, run: "tue")),
            (1445, Self.call(run: "tue")), (2880, Self.call(start: true, run: "wed")), (2885, last),
        ]
        #expect(Self.look(at: 61, after: Array(calls.prefix(1)), limits).message.hasPrefix("run mon takes 61 min"))
        let good = Self.look(at: 1446, after: Array(calls.prefix(3)), limits)
        #expect(good.status == .healthy)
        #expect(!good.message.contains("running"))
        let result = Self.look(at: 2886, after: calls, limits)
        #expect(result.status == status)
        #expect(result.message == message)
    }

    /// Each run begins in time, and none ends.
    @Test(arguments: [["1", "2", "3"], [nil, nil, nil]])
    func runsThatNeverEnd(names: [String?]) throws {
        let limits = try Self.limits()
        var calls = zip([149.8, 1590, 3030], names).map { ($0, Self.call(start: true, run: $1)) }
        #expect(Self.look(at: 1594, after: Array(calls.prefix(2)), limits).status == .healthy)
        let hanging = Self.look(at: 1596, after: Array(calls.prefix(2)), limits)
        #expect(hanging.status == .unhealthy)
        #expect(hanging.message == "the run of 2026-01-19 02:29 has not ended")
        #expect(Self.look(at: 3036, after: calls, limits).status == .unhealthy)
        calls.append((3040, Self.call(run: names[2])))
        #expect(Self.look(at: 3041, after: calls, limits).status == .healthy)
    }

    /// The message is one line; whoever wants the job's whole output finds it.
    @Test func aLongNoteIsKeptWhole() throws {
        let limits = try Self.limits()
        let output = (0..<100).map { "\u{1B}[1mline \($0)" }.joined(separator: "\r\n") + "\n"
        let result = Self.look(at: 151, after: [(150, Self.call(.unhealthy, output, code: 9))], limits)
        #expect(result.message.hasPrefix("exit code 9:  [1mline 0   [1mline 1"))
        #expect(result.message.hasSuffix("… (\(output.unicodeScalars.count - 300) more characters)"))
        #expect(result.report == (0..<100).map { " [1mline \($0)" }.joined(separator: "\n"))
        let plain = Self.look(at: 151, after: [(150, Self.call(.unhealthy, "no space\n"))], limits)
        #expect(plain.message == "no space" && plain.report == nil)
        #expect(Self.look(at: 151, after: [(150, Self.ok)], limits).report == nil)
    }

    @Test func runsAreBounded() {
        let board = PushBoard(["token": .init(name: "job")])
        for run in 0..<1000 { board.note("token", Self.call(start: true, run: "\(run)")) }
        #expect(board.report("token").job?.runs.map(\.id) == (984..<1000).map { "\($0)" })
    }

    /// A schedule that a reload changes does not condemn the past.
    @Test func anotherScheduleCountsFromNowOn() throws {
        let board = PushBoard(["token": .init(name: "job", schedule: "30 2 * * * UTC")])
        _ = board.neverKnown(now: Self.wall(0))
        board.note("token", Self.ok, wallNow: Self.wall(150))
        board.watch(["token": .init(name: "job", schedule: "0 * * * * UTC")])
        #expect(board.neverKnown(now: Self.wall(600)).map(\.record.job?.scheduledAt) == [Self.wall(600).microseconds])
        #expect(board.neverKnown(now: Self.wall(601)).isEmpty)
        let limits = try Self.limits("0 * * * *")
        let result = PushVerdict(board.report("token"), limits, now: Self.tick(601), wallNow: Self.wall(601)).result
        #expect(result.status == .healthy)
        #expect(result.nextDue == Self.wall(660))
    }

    /// The clock was a week fast when the job became known, or called.
    @Test(arguments: [false, true]) func aClockThatWasFastExcusesNoSilence(isOfAnEarlierRun: Bool) throws {
        let limits = try Self.limits()
        let board = PushBoard(["token": .init(name: "job", schedule: "x")], start: Self.tick(0))
        if isOfAnEarlierRun {
            let job = JobRecord(schedule: "x", scheduledAt: Self.wall(10_000).microseconds)
            let record = PushRecord(firstKnownAt: Self.wall(10_000).microseconds, job: job)
            board.remember(["job": record], now: Self.tick(0), wallNow: Self.wall(0))
        }
        _ = board.neverKnown(now: Self.wall(10_000), tick: Self.tick(0))
        func look(_ minute: Double) -> ProbeResult {
            PushVerdict(board.report("token"), limits, now: Self.tick(minute), wallNow: Self.wall(minute)).result
        }
        #expect(look(100).status == .unknown)
        #expect(look(100).nextDue == Self.wall(150))
        #expect(look(156).message == "did not call by 02:35 (due 02:30, grace 5 min)")
        var call = Self.ok
        call.at = Self.tick(160)
        board.note("token", call, wallNow: Self.wall(10_160))
        #expect(look(161).status == .healthy)
        #expect(look(1596).message == "did not call by 02:35 (due 02:30, grace 5 min)")
        var start = Self.start
        start.at = Self.tick(1600)
        board.note("token", start, wallNow: Self.wall(11_600))
        #expect(look(1601).status == .healthy)
        #expect(look(3036).status == .unhealthy)
    }

    /// The monitor has run for days when a reload adds a service.
    @Test func theSilenceOfANewServiceStartsNow() {
        let board = PushBoard(start: Self.tick(0))
        board.watch(["token": .init(name: "job")], now: Self.tick(5000))
        #expect(board.silentSince("token") == Self.tick(5000))
    }

    /// Its only time has passed: there is no other.
    @Test func aScheduleWithOneTime() throws {
        let limits = try Self.limits("2026-01-19 02:30")
        let met = Self.look(at: 160, after: [(151, Self.ok)], limits)
        #expect(met.status == .healthy && met.nextDue == nil)
        #expect(Self.look(at: 160, after: [(149.8, Self.ok)], limits).status == .healthy)
        let missed = Self.look(at: 160, limits)
        #expect(missed.status == .unhealthy && missed.nextDue == nil)
        let late = Self.look(at: 300, limits, known: 200)
        #expect(late.status == .unknown)
        #expect(late.message == "no call yet" && late.nextDue == nil)
    }

    @Test(
        arguments: [
            (
                ["schedule": "30 2 30 2 *"],
                "schedule: \"30 2 30 2 *\" names a date that no year has: give another day or month"
            ),
            (["schedule": "@daily", "maxSilence": 5], "maxSilence: schedule says when it is due: remove one of them"),
            (["grace": 5], "grace: it needs schedule: add it, or remove this key"),
            (
                ["schedule": "@daily", "timeZone": "Europe/Berln"],
                "timeZone: this machine knows no time zone \"Europe/Berln\": give one such as Europe/Berlin, or install tzdata"
            ),
        ] as [([String: JSONValue], String)])
    func refused(values: [String: JSONValue], words: String) {
        #expect(configurationFindings(PushProbe.self, values.merging(["token": "long-enough"]) { $1 }) == [words])
    }
}
