import KeepAlivePlatform
import KeepAlivePostgreSQL
import Testing

@testable import KeepAliveHealthMonitor

/// The days of checks that PostgreSQL keeps as tables of their own.
struct PartitionDayTests {
    /// The day of the time itself is not over, and other tables are nobody's to drop.
    @Test(arguments: [
        ("service_health_checks_20260118", true), ("service_health_checks_20251231", true),
        ("service_health_checks_20260119", false), ("service_health_checks_20260120", false),
        ("service_health_checks_2026011", false), ("service_health_checks_202601180", false),
        ("service_health_checks_2026011x", false), ("service_health_checks_default", false),
        ("service_health_alerts_20260118", false),
    ])
    func onlyDaysBeforeAreOver(table: String, isOver: Bool) {
        #expect(PartitionDay(of: PageScene.time).table == "service_health_checks_20260119")
        #expect(PartitionDay.isOver(table, before: PageScene.time) == isOver)
    }

    /// A wrong clock gets a day as well; the last one holds all that is later.
    @Test(
        arguments: [(.min, 0), (-1, 0), (86_399_999_999, 0), (86_400_000_000, 1), (.max, 2_932_896)]
            as [(Int64, Int64)])
    func everyTimeHasADay(microseconds: Int64, number: Int64) {
        let day = PartitionDay(of: WallTime(microseconds: microseconds))
        #expect(day.number == number)
        #expect(day.creation.sql.contains("TO (MAXVALUE)") == (number == 2_932_896))
    }

    @Test func aDayEndsWhereTheNextBegins() {
        let day = PartitionDay(of: WallTime(microseconds: 31 * 86_400_000_000 - 1))
        #expect(day.table == "service_health_checks_19700131")
        #expect(day.creation.sql.contains("FROM ('1970-01-31 00:00:00+00') TO ('1970-02-01 00:00:00+00')"))
    }
}
