import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct JobScheduleTests {
    private static let berlin = ZoneFile.zone(named: "Europe/Berlin") ?? .utc
    private static let start = WallTime(microseconds: 1_767_225_600_000_000)

    private static func wall(_ text: String) throws -> WallTime {
        let date = try Date(text, strategy: .iso8601)
        return WallTime(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
    }

    /// The next times after a time, in UTC.
    private static func times(_ text: String, after time: String, _ count: Int) throws -> [String] {
        var time = try wall(time)
        let schedule = try JobSchedule(text, in: berlin)
        return try (0..<count).map { _ in
            time = try #require(schedule.next(after: time))
            return String(time.iso8601.prefix(16))
        }
    }

    /// In Berlin the clocks skip from 02:00 to 03:00 (01:00 UTC).
    @Test func aFixedTimeThatTheClocksSkipIsDueAfterTheSkip() throws {
        let times = try Self.times("30 2 * * *", after: "2026-03-28T00:00:00Z", 3)
        #expect(times == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"])
        // Several at once are one.
        #expect(
            try Self.times("15,45 2,3 * * *", after: "2026-03-29T00:00:00Z", 3) == [
                "2026-03-29T01:00", "2026-03-29T01:15", "2026-03-29T01:45",
            ])
    }

    @Test func aFixedTimeThatComesTwiceIsDueAtTheFirst() throws {
        let times = try Self.times("30 2 * * *", after: "2026-10-24T01:00:00Z", 2)
        #expect(times == ["2026-10-25T00:30", "2026-10-26T01:30"])
        #expect(try Self.times("30 2 * * *", after: "2026-10-25T01:10:00Z", 1) == ["2026-10-26T01:30"])
    }

    @Test func aStarFollowsEachRealHour() throws {
        #expect(
            try Self.times("30 * * * *", after: "2026-10-24T23:40:00Z", 3) == [
                "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30",
            ])
        #expect(
            try Self.times("30 * * * *", after: "2026-03-29T00:00:00Z", 2) == ["2026-03-29T00:30", "2026-03-29T01:30"])
    }

    /// Sunday is 0 and 7: the steps of a week end before it comes again.
    @Test func theStepsOfAWeekEndOnSaturday() throws {
        #expect(
            try Self.times("0 12 * * 1/2", after: "2026-01-19T12:00:00Z", 4) == [
                "2026-01-21T11:00", "2026-01-23T11:00", "2026-01-26T11:00", "2026-01-28T11:00",
            ])
        #expect(
            try Self.times("0 12 * * */2", after: "2026-01-19T12:00:00Z", 4) == [
                "2026-01-20T11:00", "2026-01-22T11:00", "2026-01-24T11:00", "2026-01-25T11:00",
            ])
    }

    /// A week may end with its Sunday, or be nothing else.
    @Test(
        arguments: [
            ("0 12 * * fri-sun", ["2026-01-23T11:00", "2026-01-24T11:00", "2026-01-25T11:00", "2026-01-30T11:00"]),
            ("0 12 * * 0-0", ["2026-01-25T11:00", "2026-02-01T11:00", "2026-02-08T11:00", "2026-02-15T11:00"]),
        ] as [(String, [String])])
    func aWeekHasASundayAtEachEnd(text: String, times: [String]) throws {
        #expect(try Self.times(text, after: "2026-01-19T12:00:00Z", 4) == times)
    }

    @Test(arguments: [
        ("@annually", "@yearly"), ("@midnight", "@daily"), ("@Weekly", "0 0 * * 0"), ("annually", "yearly"),
        ("biannually", "semiannually"), ("bi-annually", "semiannually"), ("Semi-Annually", "semiannually"),
    ])
    func aTimeHasSeveralNames(name: String, other: String) throws {
        let after = "2026-01-19T12:00:00Z"
        let (times, others) = (try Self.times(name, after: after, 3), try Self.times(other, after: after, 3))
        #expect(times == others)
    }

    /// The longest step leaves two times: the first and the last.
    @Test func aStepReachesTheLastNumber() throws {
        let times = try Self.times("*/59 * * * *", after: "2026-01-19T12:00:00Z", 2)
        #expect(times == ["2026-01-19T12:59", "2026-01-19T13:00"])
    }

    @Test func aCalendarEventIsAsSystemdHasIt() throws {
        #expect(try Self.times("02:30", after: "2026-03-28T12:00:00Z", 1) == ["2026-03-30T00:30"])
        #expect(
            try Self.times("*:0/30", after: "2026-10-25T00:30:00Z", 2) == ["2026-10-25T02:00", "2026-10-25T02:30"])
        #expect(try Self.times("@1795000000", after: "2026-03-28T12:00:00Z", 1) == ["2026-11-18T11:06"])
        let fraction = try JobSchedule("*:*:0/0.25").next(after: Self.start)
        #expect(fraction?.microseconds == Self.start.microseconds + 250_000)
    }

    /// After the first of the two, the second of a time that comes twice is still due.
    @Test func aCalendarEventIsDueBetweenBothTimes() throws {
        #expect(
            try Self.times("*:0/30", after: "2026-10-25T01:10:00Z", 2) == ["2026-10-25T01:30", "2026-10-25T02:00"])
    }

    /// The last forms that systemd takes.
    @Test func theLimitsOfACalendarEvent() throws {
        #expect(
            try Self.times("0/23:00", after: "2026-01-19T12:00:00Z", 2) == ["2026-01-19T22:00", "2026-01-19T23:00"])
        #expect(try Self.times("Mon, 10:00", after: "2026-01-19T12:00:00Z", 1) == ["2026-01-26T09:00"])
        let second = try JobSchedule("*:*:0..1").next(after: Self.start)
        #expect(second?.microseconds == Self.start.microseconds + 1_000_000)
        // Two digits mean the years from 1970 to 2069.
        let last = try #require(try JobSchedule("69-12-31").next(after: Self.start))
        #expect(last.iso8601.hasPrefix("2069-12-31"))
        #expect(try JobSchedule("70-01-02").next(after: Self.start) == nil)
        let century = try JobSchedule("99-12-31").next(after: WallTime(microseconds: 0))
        #expect(century?.iso8601.hasPrefix("1999-12-31") == true)
        // The last year, and its last second.
        let end = try #require(try JobSchedule("2199-06-01").next(after: Self.start))
        #expect(end.iso8601.hasPrefix("2199-06-01"))
        #expect(throws: Never.self) { try JobSchedule("@7258118399") }
    }

    /// After the last time of a minute, an hour or a day comes the next one that is allowed.
    @Test(arguments: [
        ("10:30:0/20", "2026-01-19T09:30:40Z", "2026-01-20T09:30"),
        ("10:*", "2026-01-19T09:59:00Z", "2026-01-20T09:00"),
        ("10:0/30", "2026-01-19T09:30:00Z", "2026-01-20T09:00"),
        ("Mon *:30", "2026-01-19T22:30:00Z", "2026-01-25T23:30"),
    ])
    func whatIsOverDoesNotReachIntoTheNext(text: String, after: String, next: String) throws {
        #expect(try Self.times(text, after: after, 1) == [next])
    }

    /// The next time after a fraction of a second is another one, and a star means each second.
    @Test(
        arguments: [
            ("*:*:0/0.25", 0, 250_000), ("*:*:0/0.25", 250_000, 500_000), ("*:*:0/0.25", 999_999, 1_000_000),
            ("*:*:*", 0, 1_000_000), ("*:*:*", 999_999, 1_000_000), ("*:*:0/0.000001", 0, 1),
            ("@1795000000", 0, 27_774_400_000_000),
        ] as [(String, Int64, Int64)])
    func aSecondHasItsParts(text: String, after: Int64, due: Int64) throws {
        let start = Self.start.microseconds
        let next = try JobSchedule(text).next(after: WallTime(microseconds: start + after))
        #expect(next?.microseconds == start + due)
    }

    @Test func aZoneInTheTextWins() throws {
        let schedule = try JobSchedule("Mon..Fri 02:30 America/New_York", in: Self.berlin)
        #expect(schedule.zone.name == "America/New_York")
        #expect(try JobSchedule("daily UTC", in: Self.berlin).zone == .utc)
        #expect(try JobSchedule("@daily", in: Self.berlin).zone.name == "Europe/Berlin")
    }

    @Test(arguments: [
        ("61 * * * *", "\"61\" is not allowed as minute: give 0 to 59"),
        ("* 24 * * *", "\"24\" is not allowed as hour: give 0 to 23"),
        ("* * 0 * *", "\"0\" is not allowed as day of month: give 1 to 31"),
        ("* * * foo *", "\"foo\" is not allowed as month: give 1 to 12 or a name such as feb"),
        ("* * * * 8", "\"8\" is not allowed as day of week: give 0 to 7 or a name such as mon"),
        ("*/0 * * * *", "\"0\" is not allowed as minute: give a step from 1 to 59"),
        ("*/60 * * * *", "\"60\" is not allowed as minute: give a step from 1 to 59"),
        ("5-1 * * * *", "\"5-1\" is not allowed as minute: the range ends before it begins"),
        ("1,,2 * * * *", "\"\" is not allowed as minute: give 0 to 59"),
        ("-1 * * * *", "\"\" is not allowed as minute: give 0 to 59"),
        ("99999999999999999999 * * * *", "\"99999999999999999999\" is not allowed as minute: give 0 to 59"),
        ("30 2 30 2 *", "\"30 2 30 2 *\" names a date that no year has: give another day or month"),
        ("0 0 31 4,6,9,11 *", "\"0 0 31 4,6,9,11 *\" names a date that no year has: give another day or month"),
        ("@reboot", "@reboot names no time: give a time, or maxSilence"),
        (
            "@noon",
            "\"@noon\" is unknown: give one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"
        ),
        ("*-02-30", "\"*-02-30\" names a date that no year has: give another date"),
    ])
    func refused(text: String, words: String) {
        #expect(throws: ScheduleFault(words: words)) { try JobSchedule(text, in: Self.berlin) }
    }

    @Test(arguments: [
        "* * * *", "* * * * * *", "soon", "Mon..", "Mon-", "Mon- 10:00", "Sun..Mon", "Mo", "25:00", "10:60", "10",
        "10:00:60", "1969-01-01",
        "2200-01-01", "*-13-01", "*-*~29", "*~01-01", "8..1:00", "0/24:00", "0/0:00", "*-*-*/2", "*:*/15",
        "02:30 02:30",
        "02:30 Europe/Berln", "", "@x", "1-2-3-4", "1:2:3:4", "*:*:0/0.0000001", "*:*:0..0.5", "@1 UTC",
        "100-01-01", "@7258118400",
    ])
    func noCalendarEvent(text: String) {
        #expect(throws: ScheduleFault.self) { try JobSchedule(text, in: Self.berlin) }
    }

    /// A monitor must start also after the last time of one of its schedules.
    @Test(arguments: ["2020-01-01", "2020-02-29 12:00 Europe/Berlin", "@1395716396"]) func aPastScheduleIsTaken(
        text: String
    ) throws {
        let schedule = try JobSchedule(text, in: Self.berlin)
        #expect(schedule.next(after: Self.start) == nil)
        #expect(schedule.next(after: WallTime(microseconds: 0)) != nil)
    }

    /// Whatever a file holds, an answer or an error comes, and time goes on.
    @Test func anyTextIsAnswered() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "*", "/", "-", "..", ",", ":", "~", " ", "0", "1", "9", "59", "2026", "Mon", "sun", "@", ".", "UTC", "é",
            "99999999999",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            guard let schedule = try? JobSchedule(text, in: Self.berlin) else { continue }
            for time in [Int64.min, 0, Self.start.microseconds, .max] {
                let time = WallTime(microseconds: time)
                if let next = schedule.next(after: time), time.microseconds > 0 { #expect(next > time, "\(text)") }
            }
        }
    }

    @Test func aDueTimeInWords() throws {
        let schedule = try JobSchedule("30 2 * * *", in: Self.berlin)
        let due = try Self.wall("2026-07-01T00:30:00Z")
        #expect(schedule.words(due, now: due) == "02:30")
        #expect(schedule.words(due, now: try Self.wall("2026-06-30T12:00:00Z")) == "2026-07-01 02:30")
        // Two digits of each, also without a zero before them.
        let tenth = try Self.wall("2026-10-10T08:10:00Z")
        #expect(schedule.words(tenth, now: due) == "2026-10-10 10:10")
    }
}
