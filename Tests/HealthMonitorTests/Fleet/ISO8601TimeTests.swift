import Foundation
import Testing

@testable import KeepAliveHealthMonitor

struct ISO8601TimeTests {
    @Test(arguments: [
        ("2026-11-30T00:00:00Z", 0), ("2026-11-30T00:00Z", 0), ("2026-11-30t00:00:00z", 0),
        ("2026-11-30 00:00:00Z", 0), ("2026-11-30T02:00:00+02:00", 0), ("2026-11-30T02:00+0200", 0),
        ("2026-11-29T18:00:00-06", 0), ("2026-11-30T00:00:00.5Z", 0.5), ("2026-11-30T00:00:01,250000Z", 1.25),
        ("2026-11-30T05:45:30+05:45", 30),
    ])
    func whatIsATime(text: String, after: Double) {
        // 2026-11-30 00:00 UTC.
        #expect(ISO8601Time.date(text)?.timeIntervalSince1970 == 1_795_996_800 + after)
    }

    /// Every fourth year has a leap day, but of the centuries only every fourth.
    @Test(arguments: [
        ("2024-02-29", true), ("2026-02-29", false), ("2100-02-29", false), ("2000-02-29", true),
        ("2024-02-30", false), ("2026-02-28", true), ("2026-12-31", true), ("2026-04-31", false),
    ])
    func leapDays(day: String, exists: Bool) {
        #expect((ISO8601Time.date("\(day)T00:00:00Z") != nil) == exists)
    }

    @Test(arguments: [
        "", "2026-11-30", "2026-11-30T00:00:00", "2026-11-30T00:00:00Zjunk", "x2026-11-30T00:00:00Z",
        "2026-11-30T00:00:00+02:00Europe", "2026-11-30T00:00:00+2", "2026-11-30T00:00:00+24:00",
        "2026-11-30T00:00:00+02:60", "2026-11-30T00Z", "2026-11-30T00:00.5Z", "2026-11-31T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-30T24:00:00Z", "2026-11-30T00:60:00Z", "2026-11-30T00:00:60Z",
        "2026-11-30T00:00:00Z\n", "٢٠٢٦-11-30T00:00:00Z", "2026-1-30T00:00:00Z", "2026-11-30T00:00:00.Z",
    ])
    func whatIsNone(text: String) {
        #expect(ISO8601Time.date(text) == nil)
    }
}
