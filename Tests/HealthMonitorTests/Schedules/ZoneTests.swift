import Foundation
import Testing

@testable import KeepAliveHealthMonitor

struct ZoneTests {
    /// Foundation has a time zone database of its own. Both know the years from 1970 to 2037 by tables, and later ones
    /// by rules.
    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin", "America/Nuuk",
        "Pacific/Chatham", "America/Sao_Paulo", "Pacific/Apia", "Europe/London", "Asia/Tokyo",
    ])
    func offsetsAreAsFoundationHasThem(name: String) throws {
        let zone = try #require(ZoneFile.zone(named: name))
        let other = try #require(TimeZone(identifier: name))
        for day in stride(from: 0, to: 29_000, by: 1) {
            let time = Int64(day) * 86_400 + 3601
            let offset = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
            #expect(zone.offset(at: time) == Int64(offset), "\(name) \(time)")
        }
    }

    @Test func whatAClockShowsComesOnceTwiceOrNever() throws {
        let zone = try #require(ZoneFile.zone(named: "Europe/Berlin"))
        // 2026-03-29 01:00 and 2026-10-25 01:00 UTC.
        let (spring, autumn) = (1_774_746_000 as Int64, 1_792_890_000 as Int64)
        #expect(zone.meaning(of: spring + 3600 - 1) == .once(spring - 1))
        #expect(zone.meaning(of: spring + 3600) == .never(skippedAt: spring))
        #expect(zone.meaning(of: spring + 7200) == .once(spring))
        #expect(zone.meaning(of: autumn + 3600 - 1) == .once(autumn - 3601))
        #expect(zone.meaning(of: autumn + 3600) == .twice(autumn - 3600, autumn))
        #expect(zone.meaning(of: autumn + 7200) == .once(autumn + 3600))
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200), ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39_600, 37_800),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600), ("<+0545>-5:45", 20_700, 20_700), ("EST5", -18_000, -18_000),
        ("AAA3BBB,J60/0,J300/0", -10_800, -7200), ("AAA3BBB,59/0,299/0", -10_800, -7200),
    ])
    func rules(text: String, january: Int, july: Int) throws {
        let rule = try #require(ZoneRule(text))
        #expect(rule.offset(at: 2_526_940_800) == january)  // 2050-01-28
        #expect(rule.offset(at: 2_540_851_200) == july)  // 2050-07-08
    }

    /// J60 is 1 March in every year; 59 is the leap day of a year that has one. With each, summer begins at 03:00 UTC
    /// of 28 February, 29 February or 1 March, in 2048 and in 2049.
    @Test(arguments: [
        ("J59", 2_466_471_600, 2_498_094_000), ("J60", 2_466_644_400, 2_498_180_400),
        ("58", 2_466_471_600, 2_498_094_000), ("59", 2_466_558_000, 2_498_180_400),
    ])
    func aNumberedDayOfALeapYear(day: String, leap: Int64, common: Int64) throws {
        let rule = try #require(ZoneRule("AAA3BBB,\(day)/0,J300/0"))
        for start in [leap, common] {
            #expect(rule.offset(at: start - 1) == -10_800)
            #expect(rule.offset(at: start) == -7200)
        }
    }

    @Test(arguments: [
        "", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.5.0", "CET-999", "<+1-1",
    ])
    func noRules(text: String) {
        #expect(ZoneRule(text) == nil)
    }

    @Test(arguments: [
        "../../etc/passwd", "/etc/localtime", "Europe", "Europe/Berln", "", "zone.tab", "Europe/Berlin\0",
    ])
    func noZones(name: String) {
        #expect(ZoneFile.zone(named: name) == nil)
    }

    /// A cut or changed file is refused or read, and never traps.
    @Test func aDamagedFileIsNoZone() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        #expect(ZoneFile.zone(named: "a", bytes)?.offset(at: 1_780_000_000) == 7200)
        for count in 0..<bytes.count { #expect(ZoneFile.zone(named: "a", Array(bytes[..<count])) == nil) }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var changed = bytes
            for _ in 0..<4 {
                changed[Int.random(in: 0..<min(200, bytes.count), using: &generator)] = .random(in: 0...255)
            }
            _ = ZoneFile.zone(named: "a", changed)?.meaning(of: 1_780_000_000)
        }
    }

    /// A file of version 1, with times of four bytes: one zone until the first time, another until the second.
    private static func file(_ times: [Int32], _ types: [UInt8] = [1, 0], ahead: Int32 = 3600) -> [UInt8] {
        func four(_ number: Int32) -> [UInt8] {
            [24, 16, 8, 0].map { (shift: Int32) in UInt8(truncatingIfNeeded: number >> shift) }
        }
        var bytes = Array("TZif".utf8) + [UInt8](repeating: 0, count: 16)
        for count in [0, 0, 0, 2, 2, 4] as [Int32] { bytes += four(count) }
        for time in times { bytes += four(time) }
        bytes += types
        bytes += four(0) + [0, 0]
        bytes += four(ahead) + [1, 0]
        return bytes + Array("AAA\u{0}".utf8)
    }

    @Test func aFileOfTheFirstVersionHasTimesOfFourBytes() throws {
        let zone = try #require(ZoneFile.zone(named: "a", Self.file([-1_000_000, 1_000_000])))
        let offsets = [-1_000_001, -1_000_000, 999_999, 1_000_000].map { zone.offset(at: $0) }
        #expect(offsets == [0, 3600, 3600, 0])
        // The limit is 26 hours, each way.
        for (ahead, isZone) in [(93_600, true), (93_601, false), (-93_600, true), (-93_601, false)] as [(Int32, Bool)] {
            #expect((ZoneFile.zone(named: "a", Self.file([-5, 5], ahead: ahead)) != nil) == isZone, "\(ahead)")
        }
        #expect(ZoneFile.zone(named: "a", Self.file([-5, 5], [2, 0])) == nil, "a third offset")
        #expect(ZoneFile.zone(named: "a", Self.file([5, 5])) == nil, "two changes at one time")
        #expect(ZoneFile.zone(named: "a", Self.file([5, -5])) == nil)
        #expect(ZoneFile.zone(named: "a", Array(Self.file([-5, 5]).dropLast())) == nil)
    }

    /// After the first of two equal times the second comes; a skipped time comes at the skip.
    @Test func whenAClockShowsATimeNext() throws {
        let zone = try #require(ZoneFile.zone(named: "Europe/Berlin"))
        let (spring, autumn) = (1_774_746_000 as Int64, 1_792_890_000 as Int64)
        #expect(zone.time(of: autumn + 3600, after: autumn - 3601) == autumn - 3600)
        #expect(zone.time(of: autumn + 3600, after: autumn - 3600) == autumn)
        #expect(zone.time(of: spring + 3600, after: 0) == spring)
        #expect(zone.time(of: spring + 7200, after: 0) == spring)
    }

    /// Summer begins and ends with its second, on each half of the earth (2050).
    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", [2_531_955_600, 2_550_704_400], [3600, 7200, 7200, 3600]),
            (
                "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", [2_532_524_400, 2_548_251_000],
                [39_600, 37_800, 37_800, 39_600]
            ),
        ] as [(String, [Int64], [Int])])
    func aRuleTurnsAtItsSecond(text: String, turns: [Int64], offsets: [Int]) throws {
        let rule = try #require(ZoneRule(text))
        #expect(turns.flatMap { [rule.offset(at: $0 - 1), rule.offset(at: $0)] } == offsets)
    }
}
