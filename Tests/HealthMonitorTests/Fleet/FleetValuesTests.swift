import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The small values that sentences, sums and queues are made of.
struct FleetValuesTests {
    @Test(arguments: [
        (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "61 s"), (119, "119 s"), (120, "2 min"),
        (7199, "119 min"), (7200, "2 h"), (17_100, "4 h 45 min"), (172_799, "47 h 59 min"), (172_800, "2 d"),
        (180_000, "2 d 2 h"), (259_199, "2 d 23 h"),
    ])
    func durationsInWords(seconds: Int, words: String) {
        #expect(Duration.seconds(seconds).roundedWords == words)
    }

    @Test(arguments: [
        ("abc", 4, "abc"), ("abc", 3, "abc"), ("abc", 2, "a…"), ("abc", 1, "…"), ("abc", 0, ""), ("", 0, ""),
        ("🚀🚀", 4, "🚀🚀"), ("🚀🚀", 3, "🚀…"), ("🚀🚀", 2, "…"),
    ])
    func aTextIsCutBeforeItsLimit(text: String, limit: Int, expected: String) {
        #expect(text.limited(to: limit) == expected)
    }

    @Test func numbersStayInTheirRange() {
        let numbers: [Double] = [-1, 0, 0.5, 1, 2, .infinity, .nan]
        #expect(numbers.map { $0.clamped(to: 0...1) } == [0, 0, 0.5, 1, 1, 1, 0])
        #expect([0, 1, 2].map { $0.counted("service") } == ["0 services", "1 service", "2 services"])
        #expect(Duration.seconds(Int64.max).microseconds == .max)
        #expect(Duration.seconds(Int64.min).microseconds == .min)
        #expect(Duration.microseconds(-1_500_001).microseconds == -1_500_001)
    }

    /// Of two services together; the response time of the one with more checks weighs more.
    @Test func uptimesAreAddedUp() {
        var sum = Uptime(healthy: 9, unhealthy: 1, averageResponseMilliseconds: 100)
        sum.add(
            Uptime(healthy: 10, degraded: 10, unhealthy: 2, unknown: 5, maintenance: 3, averageResponseMilliseconds: 20)
        )
        #expect(
            [sum.healthy, sum.degraded, sum.unhealthy, sum.unknown, sum.maintenance] == [19, 10, 3, 5, 3])
        #expect(sum.total == 40)
        #expect(sum.averageResponseMilliseconds == 40)
        sum.add(Uptime(healthy: 1))
        #expect(sum.averageResponseMilliseconds == 40)
        var empty = Uptime()
        empty.add(sum)
        #expect(empty.averageResponseMilliseconds == 40)
    }

    @Test func onlyWhatIsKnownIsUpOrDown() {
        #expect(Uptime(healthy: 1, degraded: 2, unhealthy: 1, unknown: 50, maintenance: 50).percent == 75)
        #expect(Uptime(unhealthy: 1).percent == 0)
        #expect(Uptime(unknown: 1, maintenance: 1).percent == nil)
    }

    @Test func theLeastComesFirst() {
        var heap = Heap<Int>()
        // Every number once: 37 and 101 have no common divisor.
        for step in 0..<101 { heap.push(step * 37 % 101) }
        var found: [Int] = []
        while let first = heap.first {
            found.append(first)
            heap.removeFirst()
        }
        #expect(found == Array(0..<101))
        heap.removeFirst()
        #expect(heap.first == nil)
    }

    @Test(
        arguments: [
            ([.healthy, .healthy], 0), ([.healthy, .maintenance], 0), ([.healthy, .degraded], 1),
            ([.degraded, .unhealthy, .unknown], 2), ([.healthy, .unknown], 3), ([.degraded, .unknown], 1), ([], 0),
        ] as [([ProbeStatus], Int32)])
    func theExitCodeIsThatOfAPlugin(statuses: [ProbeStatus], code: Int32) {
        let services = statuses.enumerated().map { index, status in
            var service = ServiceStatus(target: Target("s\(index)", ScriptedProbe([])), state: TargetState())
            service.last = CheckRecord(
                service: "s\(index)", result: ProbeResult(status: status, message: ""),
                time: WallTime(microseconds: 0))
            return service
        }
        #expect(OnceReport(services: services, time: WallTime(microseconds: 0)).exitCode == code)
    }

    /// A service that was not checked is no healthy one.
    @Test func whatWasNotCheckedIsUnknown() {
        let service = ServiceStatus(target: Target("web", ScriptedProbe([])), state: TargetState())
        let report = OnceReport(services: [service], time: WallTime(microseconds: 0))
        #expect(report.exitCode == 3)
        #expect(report.text == "unknown    web  was not checked\n1 service: unknown\n")
    }

    /// Half of the shortest interval, but neither busy nor slow.
    @Test(
        arguments: [
            ([], 500), ([60_000], 1000), ([2000], 1000), ([60_000, 1000], 500), ([200], 100), ([10], 100),
        ] as [([Int], Int)])
    func howOftenMonitorsLookAtEachOther(intervals: [Int], tick: Int) {
        let targets = intervals.enumerated().map { index, interval in
            Target("s\(index)", ScriptedProbe([]), interval: .milliseconds(interval), timeout: .seconds(10))
        }
        let plan = VantagePlan(targets, channels: [], vantage: "a") { _ in preconditionFailure("nobody leads") }
        #expect(plan.tick == .milliseconds(tick))
        // The target that is checked the most often decides when a monitor is silent.
        let shortest = intervals.min().map { Duration.milliseconds(2 * $0) + .seconds(10) }
        let expected = shortest ?? .seconds(60)
        #expect(plan.silentAfter == expected)
    }

    /// Nothing in a text changes the layout or the direction of the text around it.
    @Test func aTextStaysInItsLine() {
        #expect("a\u{2066}b\u{202A}c\u{202E}d\u{2069}e\u{2028}f\ng".singleLine == "abcde f g")
        #expect("👨‍👩‍👧 é مرحبا".singleLine == "👨‍👩‍👧 é مرحبا")
    }

    /// Two intervals, and one check with all its retries.
    @Test func aChecksResultCountsSoLong() {
        let target = Target(
            "a", ScriptedProbe([]), interval: .seconds(60), timeout: .seconds(10), retries: [.seconds(1), .seconds(2)])
        #expect(target.freshFor == .seconds(153))
    }

    /// A target names its only vantage, or every vantage checks it.
    @Test(
        arguments: [(nil, nil, true), (nil, "a", true), ("a", nil, true), ("a", "a", true), ("a", "b", false)]
            as [(String?, String?, Bool)])
    func whoChecksATarget(vantage: String?, monitor: String?, isChecked: Bool) {
        var target = Target("web", ScriptedProbe([]))
        target.vantage = vantage
        #expect(target.isChecked(at: monitor) == isChecked)
    }

    @Test func retriesComeLaterAndLater() {
        let defaults = TargetDefaults(reading: ConfigurationSection(["retries": 8]))
        let seconds = [1, 2, 4, 8, 16, 32, 60, 60]
        #expect(defaults.retryDelays == seconds.map { Duration.seconds($0) })
    }

    @Test(arguments: [
        ("a", true), ("Oslo-2_b.c", true), (String(repeating: "x", count: 63), true),
        (String(repeating: "x", count: 64), false), ("", false), ("a b", false), ("ö", false), ("a/b", false),
    ])
    func aVantagesName(text: String, isName: Bool) {
        #expect(VantageSettings.isName(text) == isName)
    }

    /// Discord takes 25 characters, and shows two messages with one key only once.
    @Test func eachEventOfAChannelHasItsOwnKey() {
        let event = ChannelScene.event
        let events = [
            event(.opened, "web", .critical, "x", 1, ChannelScene.time, 0),
            event(.opened, "db", .critical, "x", 1, ChannelScene.time, 0),
            event(.repeated, "web", .critical, "x", 1, ChannelScene.time, 0),
            event(.opened, "web", .critical, "x", 1, ChannelScene.time, 1),
            event(.opened, "web", .critical, "x", 1, ChannelScene.time + 1_000_000, 0),
        ]
        let keys = events.flatMap { event in ["a", "b"].map { event.key(for: $0) } }
        #expect(Set(keys).count == 10)
        #expect(keys.allSatisfy { $0.utf8.count == 24 })
    }

    /// Messages stand below each other; a long name moves only its own.
    @Test func aReportHasColumns() {
        let names = ["web", String(repeating: "n", count: 50)]
        let services = zip(names, ["it answers", ""]).map { name, message in
            var service = ServiceStatus(target: Target(name, ScriptedProbe([])), state: TargetState())
            service.last = CheckRecord(
                service: name, result: ProbeResult(status: .healthy, message: message), time: WallTime(microseconds: 0))
            service.forecast = Forecast(
                check: "disk.used_percent", limit: 100, seconds: 3 * 86_400, event: "disk full")
            return service
        }
        let trouble = ChannelTrouble(channel: "slack", reason: "it answered 404", isDelivering: false)
        let report = OnceReport(services: services, troubles: [trouble], time: WallTime(microseconds: 0))
        let blanks = String(repeating: " ", count: 37)
        #expect(
            report.text == "healthy    web\(blanks)  it answers; disk full in about 3 days\n"
                + "healthy    \(names[1])  disk full in about 3 days\n"
                + "channel slack takes no alerts: it answered 404\n2 services: healthy\n")
    }
}
