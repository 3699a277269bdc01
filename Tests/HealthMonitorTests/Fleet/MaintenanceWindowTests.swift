import Foundation
import Testing

@testable import KeepAliveHealthMonitor

struct MaintenanceWindowTests {
    private func window(_ values: [String: JSONValue]) -> (MaintenanceWindow?, [String]) {
        let section = ConfigurationSection(values, path: "maintenance[0]")
        return (MaintenanceWindow(reading: section), section.findings.all)
    }

    // 2026-01-18 is a Sunday.
    @Test(arguments: [
        ("2026-01-18T01:59:59Z", false), ("2026-01-18T02:00:00Z", true), ("2026-01-18T03:59:59Z", true),
        ("2026-01-18T04:00:00Z", false), ("2026-01-19T03:00:00Z", false),
    ])
    func weekly(time: String, isIn: Bool) throws {
        let (window, findings) = window(["days": .array(["sun"]), "from": "02:00", "to": "04:00"])
        #expect(findings == [])
        #expect(window?.contains(try Date(time, strategy: .iso8601)) == isIn)
    }

    @Test(arguments: [
        ("2026-01-18T22:59:59Z", false), ("2026-01-18T23:00:00Z", true), ("2026-01-19T00:59:59Z", true),
        ("2026-01-19T01:00:00Z", false), ("2026-01-18T00:30:00Z", false), ("2026-01-19T23:30:00Z", false),
    ])
    func overMidnight(time: String, isIn: Bool) throws {
        let (window, _) = window(["days": .array(["Sunday"]), "from": "23:00", "to": "01:00"])
        #expect(window?.contains(try Date(time, strategy: .iso8601)) == isIn)
    }

    /// In New York, five hours behind.
    @Test(arguments: [
        ("2026-01-18T06:59:59Z", false), ("2026-01-18T07:00:00Z", true), ("2026-01-18T08:59:59Z", true),
        ("2026-01-18T09:00:00Z", false),
    ])
    func inAZone(time: String, isIn: Bool) throws {
        let zone: JSONValue = "America/New_York"
        let (weekly, findings) = window(["days": .array(["sun"]), "from": "02:00", "to": "04:00", "timeZone": zone])
        let (cron, more) = window(["schedule": "0 2 * * 0", "minutes": 120, "timeZone": zone])
        #expect(findings + more == [])
        for window in [weekly, cron] {
            let time = try Date(time, strategy: .iso8601)
            #expect(window?.contains(time) == isIn)
            let end = try Date("2026-01-18T09:00:00Z", strategy: .iso8601)
            #expect(window?.end(containing: time) == (isIn ? end : nil))
        }
    }

    @Test func once() throws {
        let (window, findings) = window(["from": "2026-01-19T22:00:00Z", "to": "2026-01-20T02:00:00Z"])
        #expect(findings == [])
        for (time, isIn) in [
            ("2026-01-19T21:59:59Z", false), ("2026-01-19T22:00:00Z", true), ("2026-01-20T01:59:59Z", true),
            ("2026-01-20T02:00:00Z", false),
        ] {
            #expect(window?.contains(try Date(time, strategy: .iso8601)) == isIn, "\(time)")
        }
    }

    /// From each day into the next, also from Saturday into Sunday. 2026-01-18 is a Sunday.
    @Test(arguments: zip(0..<7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]))
    func theNightAfterEachDay(index: Int, name: String) throws {
        let (window, findings) = window(["days": .array([.string(name)]), "from": "23:00", "to": "01:00"])
        #expect(findings == [])
        let midnight = try Date("2026-01-18T00:00:00Z", strategy: .iso8601)
        let nights = (0..<7).filter { day in
            let evening = midnight.addingTimeInterval(Double(day * 86_400 + 23 * 3600))
            let night = evening.addingTimeInterval(3600 + 1800)
            let isIn = window?.contains(evening)
            #expect(window?.contains(night) == isIn)
            return isIn == true
        }
        #expect(nights == [index])
    }

    @Test func aWholeDay() throws {
        let (window, findings) = window(["days": .array(["monday"]), "from": "00:00", "to": "24:00"])
        #expect(findings == [])
        for (time, isIn) in [
            ("2026-01-18T23:59:59Z", false), ("2026-01-19T00:00:00Z", true), ("2026-01-19T23:59:59Z", true),
            ("2026-01-20T00:00:00Z", false),
        ] {
            #expect(window?.contains(try Date(time, strategy: .iso8601)) == isIn, "\(time)")
        }
    }

    /// A clock that is far off must not end the process.
    @Test(
        arguments: [
            (-5, 0), (0, 0), (1.5, 1_500_000), (7e9, 7_000_000_000_000_000), (1e300, 7_000_000_000_000_000),
        ] as [(Double, Int64)])
    func everyTimeHasANumber(seconds: Double, microseconds: Int64) {
        #expect(MaintenanceWindow.wall(Date(timeIntervalSince1970: seconds)) == microseconds)
    }

    @Test(
        arguments: [
            (
                ["from": "25:00", "to": "04:00"],
                "maintenance[0].from: \"25:00\" is not allowed: give a time such as 02:30"
            ),
            (
                ["days": .array(["noday"]), "from": "02:00", "to": "04:00"],
                "maintenance[0].days: \"noday\" is not allowed: give some of sun, mon, tue, wed, thu, fri, sat"
            ),
            (
                ["from": "2026-01-19T22:00:00Z", "to": "tomorrow"],
                "maintenance[0].to: \"tomorrow\" is not allowed: give a time such as 2026-01-19T22:00:00Z"
            ),
            (
                ["from": "2026-01-19T22:00:00Z", "to": "2026-01-19T21:00:00Z"],
                "maintenance[0].to: it is not later than from"
            ),
            (
                ["from": "2026-01-19T22:00:00Z", "to": "2026-01-19T22:00:00Z"],
                "maintenance[0].to: it is not later than from"
            ),
            (
                ["from": "02:00", "to": "02:00"],
                "maintenance[0].to: it equals from: for a whole day give 00:00 and 24:00"
            ),
            (
                ["from": "24:00", "to": "04:00"],
                "maintenance[0].from: \"24:00\" is not allowed: give a time such as 02:30"
            ),
            (
                ["from": "02:00", "to": "24:01"],
                "maintenance[0].to: \"24:01\" is not allowed: give a time such as 02:30"
            ),
            (
                ["from": "2:30", "to": "04:00"],
                "maintenance[0].from: \"2:30\" is not allowed: give a time such as 02:30"
            ),
            (
                ["from": "+2:30", "to": "04:00"],
                "maintenance[0].from: \"+2:30\" is not allowed: give a time such as 02:30"
            ),
            (
                ["from": "02:60", "to": "04:00"],
                "maintenance[0].from: \"02:60\" is not allowed: give a time such as 02:30"
            ),
            (
                ["from": "02:00", "to": "04:00", "days": .array([])],
                "maintenance[0].days: the list is empty: give some of sun, mon, tue, wed, thu, fri, sat, or leave it out"
            ),
            (
                ["from": "02:00", "to": "04:00", "day": "sun"],
                "maintenance[0].day: unknown key; did you mean days? allowed are days, from, schedule, timeZone, to"
            ),
            (
                ["schedule": "0 2 * * 0"],
                "maintenance[0].minutes: is missing: give how long the window is"
            ),
            (
                ["schedule": "0 2 30 2 *", "minutes": 5],
                "maintenance[0].schedule: \"0 2 30 2 *\" names a date that no year has: give another day or month"
            ),
            (
                ["from": "02:00", "to": "04:00", "timeZone": "Mars"],
                "maintenance[0].timeZone: this machine knows no time zone \"Mars\": give one such as Europe/Berlin, or install tzdata"
            ),
        ] as [([String: JSONValue], String)])
    func refused(values: [String: JSONValue], words: String) {
        #expect(window(values).1 == [words])
    }

    @Test(arguments: [
        ("2026-01-18T23:00:00Z", "2026-01-19T01:00:00Z"), ("2026-01-19T00:30:00Z", "2026-01-19T01:00:00Z"),
        ("2026-01-19T01:00:00Z", nil),
    ])
    func theEndOfAWindowOverMidnight(time: String, end: String?) throws {
        let (window, _) = window(["days": .array(["sun"]), "from": "23:00", "to": "01:00"])
        let expected = try end.map { try Date($0, strategy: .iso8601) }
        #expect(window?.end(containing: try Date(time, strategy: .iso8601)) == expected)
    }
}
