import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The rules of the probes on both sides of their limits.
struct ProbeLimitTests {
    private static let now = WallTime(microseconds: 1_768_838_847_000_000)
    private static let tick = MonotonicTime(nanoseconds: 1_000_000_000_000)

    /// The greatest age is allowed, and so is a clock that is as much behind.
    @Test(
        arguments: [
            (300, .healthy), (301, .unhealthy), (0, .healthy), (-300, .healthy), (-301, .degraded),
        ] as [(Int64, ProbeStatus)])
    func aHeartbeatIsJudgedByItsAge(age: Int64, status: ProbeStatus) {
        let modified = WallTime(microseconds: Self.now.microseconds - age * 1_000_000)
        let result = HeartbeatProbe.verdict(modified: modified, now: Self.now, maxAge: .seconds(300))
        #expect(result.status == status)
        #expect(result.check("heartbeat.age")?.value == Double(max(0, age)))
    }

    // MARK: Logs

    private static func add(
        _ text: String, to count: inout LogCount, isFirst: Bool = false, after seconds: Int64 = 0
    ) throws {
        count.add(
            LogTail.Piece(bytes: Array(text.utf8), isFirst: isFirst), [try #require(LogPattern("ERROR"))],
            at: tick.advanced(by: .seconds(seconds)),
            time: WallTime(microseconds: now.microseconds + seconds * 1_000_000), window: .seconds(300))
    }

    @Test func aLineCountsForTheWholeWindow() throws {
        var count = LogCount()
        try Self.add("ERROR a\nfine\nERROR b\n", to: &count)
        #expect(count.total == 2)
        try Self.add("", to: &count, after: 300)
        #expect(count.total == 2)
        try Self.add("ERROR c\n", to: &count, after: 301)
        #expect(count.total == 1)
    }

    /// Before the first look the time in the line counts, or that of the line before it.
    @Test func aFirstLookReadsTheTimes() throws {
        var count = LogCount()
        let text = "ERROR of no time\n1768838546 ERROR\nERROR old too\n1768838547 ERROR\nERROR with it\n"
        try Self.add(text, to: &count, isFirst: true)
        #expect(count.total == 2)
        try Self.add("", to: &count, after: 1)
        #expect(count.total == 0)
    }

    /// The clock of the service is ten seconds fast: its line counts from now on, and for no longer than others.
    @Test func aLineOfTheFutureCountsFromNowOn() throws {
        var count = LogCount()
        try Self.add("1768838857 ERROR\n", to: &count, isFirst: true)
        try Self.add("", to: &count, after: 300)
        #expect(count.total == 1)
        try Self.add("", to: &count, after: 301)
        #expect(count.total == 0)
    }

    @Test func theCriticalCountIsAtLeastTheWarning() {
        func errors(_ keys: [String: JSONValue]) -> Int {
            findings(LogProbe.self, keys.merging(["path": .string("/x")]) { $1 }).count
        }
        #expect(errors(["warningCount": .integer(5), "criticalCount": .integer(5)]) == 0)
        #expect(errors(["warningCount": .integer(5), "criticalCount": .integer(4)]) == 1)
        // Its default follows the warning.
        #expect(errors(["warningCount": .integer(20)]) == 0)
        let percents: [String: JSONValue] = ["warningPercent": .integer(90), "criticalPercent": .integer(90)]
        #expect(findings(DiskProbe.self, percents).isEmpty)
    }

    /// Midnight and noon are twelve o'clock.
    @Test(arguments: [("12:07:27 AM", 7), ("11:07:27 AM", 667), ("12:07:27 PM", 727), ("11:07:27 PM", 1387)])
    func halvesOfTheDay(clock: String, minutes: Int64) {
        let line = Array("Jan 19, 2026 \(clock) UTC ERROR".utf8)
        // 2026-01-19 00:00 UTC.
        #expect(LogTime.read(line[...], now: Self.now)?.microseconds == (1_768_780_827 + minutes * 60) * 1_000_000)
    }

    /// A 12 is a month in its place, the clocks of Kiritimati are 14 hours ahead, and a leap second ends its day.
    @Test(arguments: [
        ("19.12.2025 16:07:27 UTC", 1_766_160_447), ("12/19/2025 16:07:27 UTC", 1_766_160_447),
        ("19/Dec/2025:16:07:27 +0000", 1_766_160_447), ("2026-01-20T06:07:27+14:00", 1_768_838_847),
        ("2026-01-20 06:07:27 +1400", 1_768_838_847), ("2016-12-31T23:59:60Z", 1_483_228_799),
    ])
    func theLastMonthAndTheFarthestZone(text: String, seconds: Int64) {
        #expect(LogTime.read(Array("\(text) ERROR".utf8)[...], now: Self.now)?.microseconds == seconds * 1_000_000)
    }

    @Test(
        arguments: [
            (999_999_999, nil), (1_000_000_000, 1_000_000_000), (5_000_000_000, 5_000_000_000), (5_000_000_001, nil),
            (99_999_999_999, nil), (1_768_838_847_000, 1_768_838_847), (1_768_838_847e6, 1_768_838_847),
            (1_768_838_847e9, 1_768_838_847), (1_768_838_847e12, nil),
        ] as [(Double, Int64?)])
    func aNumberIsATimeByItsSize(number: Double, seconds: Int64?) {
        #expect(LogTime.epoch(number)?.microseconds == seconds.map { $0 * 1_000_000 })
    }

    /// A time may follow names and addresses only in a bracket.
    @Test(arguments: [(63, "", true), (64, "", false), (64, "[", true), (235, "[", true), (250, "[", false)])
    func aTimeStandsNearTheBeginning(blanks: Int, bracket: String, isFound: Bool) {
        let line = Array("\(String(repeating: " ", count: blanks))\(bracket)2026-01-19T16:07:27Z] ERROR".utf8)
        #expect((LogTime.read(line[...], now: Self.now) != nil) == isFound)
    }

    /// The rest of a longer line is not searched, by no kind of pattern.
    @Test(arguments: [(4091, true), (4092, false)])
    func aLineIsSearchedSoFar(before: Int, isFound: Bool) throws {
        let line = Array((String(repeating: "x", count: before) + "ERROR and more").utf8)
        for text in ["ERROR", "ERR.R"] {
            let matches = try #require(LogPattern(text)).matcher()
            #expect(matches(line[...]) == isFound, "\(text)")
        }
    }

    /// Other programs write CRLF, and a mark after a character makes another one of it.
    @Test(arguments: [
        ("FAILED$", "job FAILED\r", true), ("^FAILED$", "FAILED", true), ("FAILED$", "FAILED\rx", false),
        ("(⚠|ERROR)", "⚠\u{FE0F} queue full", true), ("(ERROR)", "ERROR\u{301}", true), ("⚠", "⚠\u{FE0F}", true),
        ("(⚠\u{FE0F}|x)", "⚠\u{FE0F} full", true), ("ROR", "ER\u{301}ROR\r", true), ("[é]$", "café\r", true),
        // Nothing, as one of several, is in every line.
        ("ERROR|", "fine", true), ("ERROR|FATAL", "fine", false),
    ])
    func aLineIsMatchedWithoutItsEndAndByScalars(pattern: String, line: String, isFound: Bool) throws {
        let matches = try #require(LogPattern(pattern)).matcher()
        #expect(matches(Array(line.utf8)[...]) == isFound)
    }

    // MARK: Requests

    @Test func statusesHaveThreeDigits() {
        func statuses(_ value: JSONValue) -> [ClosedRange<Int>] {
            HTTPExpectations(reading: ConfigurationSection(["expectStatus": value])).statuses
        }
        #expect(statuses(.string("100-599")) == [100...599])
        #expect(statuses(.array([.integer(100), .integer(599), .string("404")])) == [100...100, 599...599, 404...404])
        let wrong: [JSONValue] = [
            .string("99-200"), .string("200-600"), .string("200-299-300"), .string("300-299"), .string("200-"),
            .string("+200"), .string("200-+299"), .integer(600), .integer(99),
        ]
        for value in wrong { #expect(statuses(value) == [], "\(value)") }
    }

    /// Only a POST becomes a GET after 301 and 302, and everything but HEAD after 303.
    @Test(arguments: [
        (301, "POST", "GET"), (302, "POST", "GET"), (301, "PUT", "PUT"), (302, "HEAD", "HEAD"), (303, "PUT", "GET"),
        (303, "POST", "GET"), (303, "HEAD", "HEAD"), (307, "POST", "POST"), (308, "POST", "POST"),
    ])
    func redirectsChangeTheMethod(status: Int, method: String, next: String) throws {
        var request = HTTPClientRequest(url: "http://a/", method: method, body: [1])
        request.headers = [("Content-Type", "text/plain"), ("X-Own", "x")]
        let place = try Endpoint(url: "http://a/")
        RedirectRule.follow(&request, from: place, to: place, status: status)
        #expect(request.method == next)
        #expect(request.headers.map(\.name) == (method == next ? ["Content-Type", "X-Own"] : ["X-Own"]))
        #expect(request.body == (method == next ? [1] : nil))
    }

    /// An answer of exactly the limit is quick enough.
    @Test func aSlowAnswerIsDegraded() throws {
        let probe = try makeProbe(HTTPProbe.self, ["url": "http://127.0.0.1/", "maxResponseTime": 1])
        func judged(_ milliseconds: Int64) -> ProbeResult {
            let elapsed = Duration.milliseconds(milliseconds)
            return probe.judge(
                HTTPClientResponse(status: 200, headers: [], body: [], elapsed: elapsed), at: Self.now)
        }
        #expect(judged(1000).status == .healthy && judged(1000).message == "HTTP 200")
        #expect(judged(2000).status == .degraded)
        #expect(judged(2000).message == "it answered after 2 s (limit 1 s)")
    }

    // MARK: Calls of services

    @Test func silenceOfExactlyTheLimitIsAllowed() {
        let board = PushBoard(["token": .init(name: "job")], start: Self.tick)
        board.note("token", .init(at: Self.tick, status: .healthy), wallNow: Self.now)
        func look(_ seconds: Int64) -> ProbeResult {
            PushVerdict(
                board.report("token"), .init(maxSilence: .seconds(300)),
                now: Self.tick.advanced(by: .seconds(seconds)),
                wallNow: WallTime(microseconds: Self.now.microseconds + seconds * 1_000_000)
            ).result
        }
        #expect(look(300).status == .healthy && look(300).check("silence")?.status == .healthy)
        #expect(look(301).status == .unhealthy && look(301).check("silence")?.status == .unhealthy)
        #expect(look(301).message == "no further call for 301 s")
    }

    /// How much is missing stands only where something is.
    @Test(arguments: [(299, ""), (300, ""), (301, "… (1 more character)"), (302, "… (2 more characters)")])
    func aNoteOfExactlyTheLimitIsWhole(length: Int, rest: String) {
        let kept = String(repeating: "x", count: min(length, 300))
        #expect(String(repeating: "x", count: length).beginning() == kept + rest)
    }

    /// What another monitor was told counts once, if it is newer, and not before the shared database has our own call.
    @Test func aCallToAnotherMonitorIsLearned() {
        let board = PushBoard(["token": .init(name: "job")], start: Self.tick)
        board.note("token", .init(at: Self.tick, status: .healthy), wallNow: Self.now)
        func learn(_ called: Int64, after milliseconds: Int64) -> [String] {
            let record = PushRecord(
                firstKnownAt: Self.now.microseconds, calledAt: Self.now.microseconds + called * 1_000_000,
                status: .degraded, message: "slow")
            return board.learn(
                ["job": record], looked: Self.tick.advanced(by: .milliseconds(milliseconds)),
                wallNow: WallTime(microseconds: Self.now.microseconds + milliseconds * 1000))
        }
        #expect(learn(1, after: 2000) == [])
        #expect(learn(-1, after: 3000) == [])
        #expect(board.last("token")?.status == .healthy)
        #expect(learn(1, after: 3000) == ["job"])
        #expect(
            board.last("token") == .init(at: Self.tick.advanced(by: .seconds(1)), status: .degraded, message: "slow"))
        #expect(learn(1, after: 4000) == [])
    }

    // MARK: Keys

    /// A disk is too full from 80 and 90 % on, memory from 90 % on and never unhealthy, unless the file says otherwise.
    @Test func theDefaultLimitsOfAUsage() {
        func disk(_ key: String, _ percent: Double) -> Int { findings(DiskProbe.self, [key: .number(percent)]).count }
        func memory(_ key: String, _ percent: Double) -> Int {
            findings(MemoryProbe.self, [key: .number(percent)]).count
        }
        #expect([90, 90.1].map { disk("warningPercent", $0) } == [0, 1])
        #expect([80, 79.9].map { disk("criticalPercent", $0) } == [0, 1])
        #expect([90, 89.9].map { memory("criticalPercent", $0) } == [0, 1])
        #expect([1, 100, 0.9, 100.1].map { memory("warningPercent", $0) } == [0, 0, 1, 1])
    }

    /// An empty list would expect nothing, and hold nothing.
    @Test func noListIsEmpty() {
        let nothing = JSONValue.array([])
        #expect(
            findings(HTTPProbe.self, ["url": "http://x", "expectStatus": nothing])
                == ["expectStatus: the list is empty"])
        #expect(
            findings(HTTPProbe.self, ["url": "http://x", "jsonPath": "$.a", "equals": nothing])
                == ["equals: a list or an object is not allowed: give a text, number or flag"])
        #expect(findings(LogProbe.self, ["path": "/x", "patterns": nothing]) == ["patterns: the list is empty"])
        #expect(
            findings(DNSProbe.self, ["host": "example.com", "expect": nothing])
                == ["expect: the list is empty: give a record's text, or leave the key out"])
        #expect(findings(TCPProbe.self, ["host": "x"]) == ["port: is missing: give a whole number"])
    }
}
