import Foundation
import KeepAlivePlatform
import Testing

struct LocalTimeTests {
    private func time(_ year: Int32, _ month: Int32, _ day: Int32) -> LocalTime {
        LocalTime(year: year, month: month, day: day, hour: 16, minute: 7, second: 27)
    }

    @Test func secondsSince1970() throws {
        #expect(time(2026, 1, 19).seconds(isUTC: true) == 1_768_838_847)
        #expect(time(1970, 1, 1).seconds(isUTC: true) == 58_047)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        // A zone may have daylight saving time in one of both.
        for month in [1, 7] {
            let parts = DateComponents(year: 2026, month: month, day: 19, hour: 16, minute: 7, second: 27)
            let date = try #require(calendar.date(from: parts))
            #expect(time(2026, Int32(month), 19).seconds(isUTC: false) == Int64(date.timeIntervalSince1970))
            #expect(LocalTime.year(at: Int64(date.timeIntervalSince1970)) == 2026)
        }
    }

    /// The C library would take such a day for one of the next month.
    @Test(
        arguments: [
            (2026, 2, 28, true), (2026, 2, 29, false), (2028, 2, 29, true), (2026, 4, 31, false), (2026, 12, 31, true),
            (2026, 12, 32, false), (2026, 1, 0, false),
        ] as [(Int32, Int32, Int32, Bool)])
    func onlyDaysOfTheMonth(year: Int32, month: Int32, day: Int32, isDay: Bool) {
        for isUTC in [true, false] { #expect((time(year, month, day).seconds(isUTC: isUTC) != nil) == isDay) }
    }
}
