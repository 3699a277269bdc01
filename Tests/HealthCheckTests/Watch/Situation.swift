import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport

@testable import KeepAliveHealthCheck

/// Dashboards in typical states.
enum Situation {
    static let noon = WallTime(microseconds: 1_768_838_847_000_000)  // 2026-01-19T16:07:27Z

    static func model(_ addresses: [String] = ["localhost:8001"]) -> WatchModel {
        WatchModel(
            addresses: addresses, folder: "/srv/bot", token: .set, now: MonotonicTime(nanoseconds: 0), clock: noon)
    }

    static let details: [String: JSON] = [
        "last_heartbeat_ago": 0.4, "restarts": 2,
        "response_time_ms": ["p50": 2.0, "p95": 10.6, "p99": 47.6, "max": 47.8], "executor": "responsive",
        "gateway": ["connected": true, "lastEventAge": 1.5, "lastReadyAge": 60.0, "disconnectAge": .null],
        "checks": [
            "database": ["status": "healthy", "critical": true, "age_seconds": 5.1, "error": .null],
            "payments": ["status": "unhealthy", "critical": false, "age_seconds": 3.0, "error": "refused"],
        ],
    ]

    static func look(_ status: String = "healthy", name: String? = "Casino Bot", _ changes: [String: JSON] = [:])
        -> Look
    {
        let all: [String: JSON] = details.merging(["status": .string(status)]) { $1 }.merging(changes) { $1 }
        let finding = Report.finding(all) ?? .unreachable("the test's own report is none")
        return Look(finding: finding, name: name, took: .milliseconds(3))
    }

    static let silence = Look(
        finding: .unreachable("nothing listens on localhost:8001 (connection refused)"), name: nil,
        took: .milliseconds(1))

    /// A bot after this many polls, with ten updates a second.
    static func watching(_ status: String = "healthy", looks: Int = 3, _ changes: [String: JSON] = [:]) -> WatchModel {
        var model = model()
        model.see(status, looks: looks, changes)
        model.apply(.processes(bot: 0, processes))
        model.apply(.system(system))
        return model
    }

    static let processes = [
        ProcessSample(
            role: .launcher, id: 100, name: "launcher", processor: 0, memory: 3 << 20, threads: 1, descriptors: 9,
            age: 4000),
        ProcessSample(
            role: .bot, id: 101, name: "casino-bot", processor: 0.125, memory: 28 << 20, threads: 7, descriptors: 17,
            age: 3600),
        ProcessSample(role: .child, id: 102, name: "ffmpeg", memory: 1 << 20, threads: 2, age: 3),
    ]

    static let system = SystemSample(
        processor: 0.5, processorCount: 2, load: 1.5, memory: .init(used: 1 << 30, total: 4 << 30),
        disk: .init(used: 97 << 30, total: 100 << 30))

    static func lines(
        _ model: WatchModel, _ columns: Int = 80, _ rows: Int = 24, colour: Bool = false, unicode: Bool = true
    ) -> [String] {
        Frame.lines(model, .init(columns: columns, rows: rows), Style(colour: colour, unicode: unicode)).map(\.plain)
    }

    static func text(_ model: WatchModel, _ columns: Int = 80, _ rows: Int = 24) -> String {
        lines(model, columns, rows).joined(separator: "\n")
    }
}

extension WatchModel {
    /// An event at the model's time.
    @discardableResult
    mutating func apply(_ event: WatchEvent) -> WatchAction? {
        handle(event, now: now, clock: clock)
    }

    @discardableResult
    mutating func press(_ keys: Key...) -> [WatchAction] {
        keys.compactMap { apply(.key($0)) }
    }

    /// Advances the time.
    mutating func pass(_ seconds: Double) {
        let later = now.advanced(by: .nanoseconds(Int64(seconds * 1e9)))
        _ = handle(.tick, now: later, clock: WallTime(microseconds: clock.microseconds + Int64(seconds * 1e6)))
    }

    /// Polls a bot, every two seconds.
    mutating func see(
        _ status: String, bot: Int = 0, name: String? = "Casino Bot", looks: Int = 1, _ changes: [String: JSON] = [:]
    ) {
        for step in 0..<looks {
            pass(2)
            let counters: [String: JSON] = [
                "uptime_seconds": .number(3600.5 + 2 * Double(step)),
                "total_updates": .integer(1500 + 20 * Int64(step)),
            ]
            apply(.looked(bot: bot, Situation.look(status, name: name, counters.merging(changes) { $1 })))
        }
    }
}
