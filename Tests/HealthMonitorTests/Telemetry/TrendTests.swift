import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct TrendTests {
    private static let hour = 3600.0
    private static let start = 1_768_838_400.0

    /// The forecast of a disk with regular checks.
    private func forecast(
        _ check: String = "disk.used_percent", hours: Double, every minutes: Double = 5, _ value: (Double) -> Double
    ) -> Forecast? {
        var trends = ServiceTrends()
        var time = 0.0
        var last = WallTime(microseconds: 0)
        while time <= hours * Self.hour {
            last = WallTime(microseconds: Int64((Self.start + time) * 1e6))
            trends.add(Self.result(value(time / Self.hour), check).checks, at: last)
            time += minutes * 60
        }
        return trends.forecast(at: last)
    }

    private static func result(_ value: Double, _ check: String = "disk.used_percent") -> ProbeResult {
        ProbeResult(status: .healthy, message: "", checks: [.init(name: check, status: .healthy, value: value)])
    }

    @Test func aDiskThatFillsByTheDay() throws {
        let found = try #require(forecast(hours: 72) { 60 + 5 * $0 / 24 })
        // 75 % after three days, 5 % a day: five days are left.
        #expect(abs(found.seconds / 86_400 - 5) < 0.2)
        #expect(found.text == "disk full in about 5 days")
        #expect(found.check == "disk.used_percent")
        #expect(found.limit == 100)
    }

    @Test func aDiskThatFillsByTheMinute() throws {
        let found = try #require(forecast(hours: 2, every: 1) { 70 + 10 * $0 })
        #expect(abs(found.seconds / 3600 - 1) < 0.1)
        #expect(found.text == "disk full in about 60 minutes")
    }

    @Test func whatHappensOfLateCountsForMore() throws {
        let found = try #require(forecast(hours: 100) { $0 < 97 ? 20 : 20 + 20 * ($0 - 97) })
        #expect(abs(found.seconds / 3600 - 1) < 0.3)
    }

    @Test func memoryAndErrors() {
        let memory = forecast("memory.used_percent", hours: 48) { 50 + $0 / 2 }
        #expect(memory?.text == "memory full in about 2 days" && memory?.limit == 100)
        #expect(
            forecast("error_rate", hours: 24) { 0.001 + $0 * 0.001 }?.text == "5 % of updates failing in about 25 hours"
        )
        #expect(forecast("response.ms", hours: 48) { 50 + $0 } == nil)
    }

    /// The first moment at which a window has enough: after an hour, ten hours, or 36 looks of several days.
    @Test(
        arguments: [
            (0.92, 5, true), (0.9, 5, false), (10, 60, true), (9.5, 60, false), (210, 360, true), (204, 360, false),
        ] as [(Double, Double, Bool)])
    func aTrendNeedsSoManyLooks(hours: Double, minutes: Double, isFound: Bool) {
        let found = forecast(hours: hours, every: minutes) { 50 + 45 * $0 / hours }
        #expect((found != nil) == isFound)
    }

    /// Of a disk half a percent is noise, of memory two, and half a percent of all updates.
    @Test(
        arguments: [
            ("disk.used_percent", 98, 0.6, true), ("disk.used_percent", 98.8, 0.4, false),
            ("disk.used_files_percent", 98, 0.6, true), ("disk.used_files_percent", 98.8, 0.4, false),
            ("memory.used_percent", 94, 2.5, true), ("memory.used_percent", 97, 1.5, false),
            ("error_rate", 0.04, 0.006, true), ("error_rate", 0.042, 0.004, false),
        ] as [(String, Double, Double, Bool)])
    func aSmallRiseIsNoise(check: String, start: Double, rise: Double, isFound: Bool) {
        let found = forecast(check, hours: 2) { start + rise * $0 / 2 }
        #expect((found != nil) == isFound)
    }

    struct Story: Sendable, CustomStringConvertible {
        let description: String
        var hours = 72.0
        /// Percent after this many hours.
        let value: @Sendable (Double) -> Double
    }

    private static let stories: [Story] = [
        Story(description: "too few looks", hours: 0.5) { 50 + 60 * $0 },
        Story(description: "falls") { 90 - $0 },
        Story(description: "flat") { _ in 85 },
        Story(description: "noise") { 50 + 10 * ($0 * 12).rounded().truncatingRemainder(dividingBy: 2) },
        Story(description: "a saw: logs that are rotated", hours: 200) {
            40 + 2 * $0.truncatingRemainder(dividingBy: 20)
        },
        Story(description: "day and night") { 80 + 0.1 * $0 - 4 * sin($0 * .pi / 6) },
        Story(description: "hardly rises") { 50 + $0 * 0.0001 },
        Story(description: "full already") { min(100, 50 + $0) },
        Story(description: "was tidied up just now") { $0 < 71.5 ? 20 + $0 : 5 },
        Story(description: "too far away") { 10 + $0 / 24 },
        Story(description: "one jump") { $0 < 71.9 ? 20 : 60 },
        Story(description: "no numbers") { _ in .nan },
        Story(description: "two jumps: what is installed now and then") { 40 + ($0 < 24 ? 0 : $0 < 48 ? 20 : 40) },
        Story(description: "a collector of garbage", hours: 3) {
            60 + 10 * ($0 / 0.7).truncatingRemainder(dividingBy: 1)
        },
        Story(description: "comes to rest: a cache that fills", hours: 3) { 88 - 30 * exp(-4 * $0) },
    ]

    @Test(arguments: stories)
    func noForecastWhereTheDataSupportNone(story: Story) {
        #expect(forecast(hours: story.hours, story.value) == nil)
    }

    @Test(
        arguments: [
            (0, "less than a minute"), (29.9, "less than a minute"), (30, "about 1 minute"), (45, "about 1 minute"),
            (90, "about 1 minute"), (113, "about 1 minute"), (120, "about 2 minutes"), (5400, "about 90 minutes"),
            (7200, "about 2 hours"), (100_000, "about 28 hours"), (259_200, "about 3 days"),
            (1_209_600, "about 2 weeks"),
            (.infinity, "about 1653 weeks"), (.nan, "less than a minute"),
        ] as [(Double, String)])
    func words(seconds: Double, expected: String) {
        #expect(Forecast.words(seconds) == expected)
    }

    @Test func seriesStaySmallAndStandAClockThatIsSetBack() {
        var series = TrendSeries(width: 60, most: 10)
        for second in 0..<10_000 { series.add(Double(second), at: Double(second)) }
        #expect(series.samples().count <= 10)
        #expect(series.samples().last?.time == 9990)
        series.add(5, at: 100)
        #expect(series.samples() == [.init(time: 90, value: 5)])
        for time in [Double.infinity, .nan, 1e300] { series.add(1, at: time) }
        #expect(series.samples().count == 1)
    }

    /// After a restart the monitor knows its earlier records.
    @Test func trendsSurviveARestart() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("health.db").path
        let history = History(path: path, retentionDays: 90, log: .none)
        let now = WallTime.now().microseconds
        for hour in 0..<72 {
            let record = CheckRecord(
                service: "disk", result: Self.result(60 + Double(hour) / 4.8),
                time: WallTime(microseconds: now - Int64(72 - hour) * 3_600_000_000))
            await history.record(record, state: TargetState(), events: [], channels: [])
        }
        let board = StatusBoard([Target("disk", ScriptedProbe([.healthy]))])
        let telemetry = Telemetry(board: board)
        let record = CheckRecord(service: "disk", result: Self.result(75), time: .now())
        await telemetry.note(record, events: [])
        #expect(board["disk"]?.forecast == nil)
        telemetry.remember(HistoryReader(path: path), of: ["disk", "none"], log: .none)
        _ = try await Polling.until {
            await telemetry.note(record, events: [])
            return board["disk"]?.forecast?.text
        } isMet: {
            $0 == "disk full in about 5 days"
        }
        let document = StatusDocument(services: board.all, status: .healthy, time: .now())
        let json = try JSON(parsing: document.answer)
        #expect(json["services"]?[0]?["forecast"]?["text"] == "disk full in about 5 days")
        #expect(json["services"]?[0]?["forecast"]?["limit"]?.double == 100)
        let lost = ProbeResult(status: .unhealthy, message: "the folder does not exist")
        await telemetry.note(CheckRecord(service: "disk", result: lost, time: .now()), events: [])
        #expect(board["disk"]?.forecast == nil, "there is nothing to go by any more")
        await history.close()
    }

    /// A disk that fills within the hour is still forecast after a restart of the monitor.
    @Test func theLastHoursSurviveARestartToo() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("health.db").path
        let history = History(path: path, retentionDays: 90, log: .none)
        let now = WallTime.now().microseconds
        for minute in stride(from: 120, to: 0, by: -5) {
            let record = CheckRecord(
                service: "disk", result: Self.result(90 - Double(minute) / 6),
                time: WallTime(microseconds: now - Int64(minute) * 60_000_000))
            await history.record(record, state: TargetState(), events: [], channels: [])
        }
        let board = StatusBoard([Target("disk", ScriptedProbe([.healthy]))])
        let telemetry = Telemetry(board: board)
        telemetry.read(HistoryReader(path: path), of: ["disk"], log: .none)
        await telemetry.note(CheckRecord(service: "disk", result: Self.result(90), time: .now()), events: [])
        let found = try #require(board["disk"]?.forecast)
        #expect(abs(found.seconds / 60 - 60) < 10, "10 % an hour, and 10 % are left")
        let report = OnceReport(services: board.all, time: .now())
        #expect(report.text.contains("disk full in about"))
        await history.close()
    }

    /// Of two numbers that rise, the one that reaches its limit first.
    @Test func theNearestLimitIsForecast() throws {
        var trends = ServiceTrends()
        var last = WallTime(microseconds: 0)
        for step in 0...864 {
            let hours = Double(step) / 12
            last = WallTime(microseconds: Int64((Self.start + hours * Self.hour) * 1e6))
            let slow = ProbeResult.SubCheck(name: "disk.used_percent", status: .healthy, value: 60 + 5 * hours / 24)
            let fast = ProbeResult.SubCheck(
                name: "disk.used_files_percent", status: .healthy, value: 60 + 10 * hours / 24)
            trends.add([slow, fast], at: last)
        }
        let found = try #require(trends.forecast(at: last))
        #expect(found.check == "disk.used_files_percent" && found.limit == 100)
        #expect(abs(found.seconds / 86_400 - 1) < 0.2)
    }

    /// A service that was removed and added again starts without a past.
    @Test func aRemovedServicesTrendIsForgotten() async {
        let disk = Target("disk", ScriptedProbe([]))
        let board = StatusBoard([disk])
        let telemetry = Telemetry(board: board)
        func note(_ hour: Int) async {
            let time = WallTime(microseconds: Int64((Self.start + Double(hour) * Self.hour) * 1e6))
            let record = CheckRecord(service: "disk", result: Self.result(60 + Double(hour) / 4.8), time: time)
            await telemetry.note(record, events: [])
        }
        for hour in 0..<72 { await note(hour) }
        #expect(board["disk"]?.forecast != nil)
        board.watch([])
        telemetry.watch(channels: [])
        board.watch([disk])
        await note(72)
        #expect(board["disk"] != nil)
        #expect(board["disk"]?.forecast == nil)
    }
}
