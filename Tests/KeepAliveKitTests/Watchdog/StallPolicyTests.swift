import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct StallPolicyTests {
    private let policy = StallPolicy(
        thresholds: WatchdogThresholds(interval: .seconds(60), stall: .seconds(210), disconnectGrace: .seconds(100)))

    enum Expected: Sendable {
        case alive, quiet, waiting, condemned
    }

    static let stories: [(String, GatewaySnapshot, Expected)] = [
        ("just connected", .init(connected: true, lastEventAge: .zero), .alive),
        ("never ready, but not silent for long", .init(connected: true, lastEventAge: .seconds(209)), .alive),
        ("silent exactly as long as the limit", .init(connected: true, lastEventAge: .seconds(210)), .alive),
        (
            "silent a nanosecond longer", .init(connected: true, lastEventAge: .seconds(210) + .nanoseconds(1)),
            .condemned
        ),
        ("never ready and silent", .init(connected: true, lastEventAge: .seconds(300)), .condemned),
        (
            "ready, then silent, with a good round trip",
            .init(
                connected: true, lastEventAge: .seconds(300), lastReadyAge: .seconds(400), latency: .milliseconds(80),
                latencyAge: .seconds(5)), .quiet
        ),
        (
            "latency exactly at its limit",
            .init(connected: true, lastEventAge: .seconds(300), latency: .seconds(10), latencyAge: .seconds(5)), .quiet
        ),
        (
            "latency over its limit",
            .init(
                connected: true, lastEventAge: .seconds(300), latency: .seconds(10) + .nanoseconds(1),
                latencyAge: .seconds(5)), .condemned
        ),
        (
            "a good round trip from before the silence",
            .init(connected: true, lastEventAge: .seconds(300), latency: .milliseconds(80), latencyAge: .seconds(299)),
            .condemned
        ),
        (
            "a good round trip exactly as old as the limit",
            .init(connected: true, lastEventAge: .seconds(300), latency: .milliseconds(80), latencyAge: .seconds(210)),
            .quiet
        ),
        (
            "a good round trip a nanosecond older",
            .init(
                connected: true, lastEventAge: .seconds(300), latency: .milliseconds(80),
                latencyAge: .seconds(210) + .nanoseconds(1)), .condemned
        ),
        ("never connected, within the grace", .init(connected: false, lastEventAge: .seconds(100)), .waiting),
        ("never connected for longer", .init(connected: false, lastEventAge: .seconds(101)), .condemned),
        (
            "a round trip of unknown age",
            .init(connected: true, lastEventAge: .seconds(300), latency: .milliseconds(80)), .quiet
        ),
        ("just disconnected", .init(connected: false, lastEventAge: .zero, disconnectAge: .zero), .waiting),
        (
            "disconnected during a stall: the grace counts, not the silence",
            .init(connected: false, lastEventAge: .seconds(300), disconnectAge: .seconds(1)), .waiting
        ),
        (
            "disconnected exactly as long as the grace",
            .init(connected: false, lastEventAge: .seconds(100), disconnectAge: .seconds(100)), .waiting
        ),
        (
            "disconnected longer, whatever the latency was",
            .init(
                connected: false, lastEventAge: .seconds(101), disconnectAge: .seconds(101), latency: .zero,
                latencyAge: .zero), .condemned
        ),
        (
            "the clock at its extreme",
            .init(
                connected: true, lastEventAge: .nanoseconds(Int64.max), lastReadyAge: .nanoseconds(Int64.max),
                latency: .nanoseconds(Int64.max), latencyAge: .nanoseconds(Int64.max)), .condemned
        ),
        (
            "disconnected since the clock's beginning",
            .init(connected: false, lastEventAge: .zero, disconnectAge: .nanoseconds(Int64.max)), .condemned
        ),
    ]

    @Test(arguments: stories) func judges(_ name: String, _ snapshot: GatewaySnapshot, _ expected: Expected) {
        switch (policy.judge(snapshot), expected) {
        case (.alive, .alive), (.quiet, .quiet), (.waiting, .waiting), (.condemned, .condemned): break
        case (let verdict, _): Issue.record("\(name): \(verdict)")
        }
    }

    @Test func saysWhy() {
        guard case .condemned(let silent) = policy.judge(.init(connected: true, lastEventAge: .seconds(300))),
            case .condemned(let lost) = policy.judge(
                .init(
                    connected: false, lastEventAge: .seconds(300), lastReadyAge: .seconds(900),
                    disconnectAge: .seconds(250))),
            case .condemned(let never) = policy.judge(
                .init(connected: false, lastEventAge: .seconds(250), disconnectAge: .seconds(250)))
        else {
            Issue.record("all are to be condemned")
            return
        }
        #expect(silent == "zombie connection: connected, but silent for 300 s (limit 210 s) and latency unknown")
        #expect(lost == "disconnected for 250 s (limit 100 s)")
        #expect(never == "not connected for 250 s (limit 100 s)")
    }

    @Test(arguments: [
        ("prod", nil as Int?, nil as Int?, 360, 1110, 1110), ("dev", nil, nil, 60, 210, 210),
        ("qa", 40, nil, 60, 40, 40),
        ("prod", nil, 7, 360, 1110, 7),
    ])
    func limitsAreDerived(
        environment: String, stall: Int?, grace: Int?, interval: Int, expectedStall: Int, expectedGrace: Int
    ) {
        var variables = ["BOT_ENV": environment]
        variables["WATCHDOG_STALL_SEC"] = stall.map(String.init)
        variables["WATCHDOG_DISCONNECT_GRACE_SEC"] = grace.map(String.init)
        var settings = Settings(environment: variables)
        let thresholds = Configuration(reading: &settings).watchdogThresholds
        #expect(settings.findings.isEmpty)
        #expect(thresholds.interval == .seconds(interval))
        #expect(thresholds.stall == .seconds(expectedStall))
        #expect(thresholds.disconnectGrace == .seconds(expectedGrace))
    }

    @Test(arguments: [
        "KEEPALIVE_INTERVAL_SEC", "WATCHDOG_STALL_SEC", "WATCHDOG_DISCONNECT_GRACE_SEC", "EXECUTOR_STALL_SEC",
    ])
    func aWrongLimitIsRefusedByName(_ name: String) {
        for value in ["0", "-1", "soon", "1e3", "99999999"] {
            var settings = Settings(environment: [name: value])
            _ = Configuration(reading: &settings)
            #expect(settings.findings.count == 1)
            #expect(settings.findings.first?.hasPrefix("\(name)=\"\(value)\"") == true)
        }
    }

    @Test func anExecutorHasItsOwnLimit() {
        let usual = WatchdogThresholds(interval: .seconds(60))
        #expect(usual.stall == .seconds(210) && usual.disconnectGrace == .seconds(210))
        #expect(usual.executorStall == .seconds(30))
        let own = WatchdogThresholds(
            interval: .seconds(60), stall: .seconds(5), disconnectGrace: .seconds(6), executorStall: .seconds(7))
        #expect([own.stall, own.disconnectGrace, own.executorStall] == [.seconds(5), .seconds(6), .seconds(7)])
    }

    @Test(
        arguments: [
            (.seconds(5), "the last round trip took 11 s, 5 s ago"), (nil, "the last round trip took 11 s"),
        ] as [(Duration?, String)])
    func aSlowRoundTripIsNamed(age: Duration?, words: String) {
        let snapshot = GatewaySnapshot(
            connected: true, lastEventAge: .seconds(300), latency: .seconds(11), latencyAge: age)
        #expect(
            policy.judge(snapshot)
                == .condemned("zombie connection: connected, but silent for 300 s (limit 210 s) and \(words)"))
    }

    @Test func theLimitsAreSaid() {
        let thresholds = WatchdogThresholds(
            interval: .seconds(60), disconnectGrace: .seconds(6), executorStall: .seconds(7))
        #expect(
            "\(thresholds)" == "checks every 60 s; stalled after 210 s, disconnected too long after 6 s, "
                + "executor stopped after 7 s")
    }
}
