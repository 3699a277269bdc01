import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveKit

/// A bot of several connections, with a watchdog that checks when the test calls it.
struct ShardLookTests {
    private static let start = MonotonicTime.now()

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    /// Checks every 60 s; a connection that is silent for 210 s is stalled.
    private final class Scene {
        let registry = GatewayRegistry()
        private var look: WatchdogLook
        private(set) var findings: [String] = []
        private var now = 0.0

        init(_ shards: [(name: String, hasCallback: Bool)], disconnectGrace: Duration? = nil) {
            look = WatchdogLook(
                gateways: registry,
                thresholds: WatchdogThresholds(
                    interval: .seconds(60), stall: .seconds(210), disconnectGrace: disconnectGrace),
                canary: ExecutorCanary(), at: start)
            for (name, hasCallback) in shards {
                let gateway = registry.heartbeat(name, onStall: nil)
                if hasCallback { _ = registry.heartbeat(name) { _ in } }
                gateway.noteReady(at: start)
            }
            _ = look.look(at: start)
        }

        /// Only these shards get events.
        func live(until end: Double, _ alive: String...) {
            while now < end {
                now += 1
                for name in alive { registry.heartbeat(name, onStall: nil).touch(at: at(now)) }
                for finding in look.look(at: at(now)) ?? [] {
                    switch finding {
                    case .stalled(let gateway, _): findings.append("stalled \(gateway.name)")
                    case .condemned(let condemnation):
                        let words = condemnation.description.split(separator: ";")
                        findings.append("condemned: \(words.first ?? "")")
                    case .quiet: findings.append("quiet")
                    case .pause: findings.append("pause")
                    }
                }
            }
        }

        /// The body restarts, because the bot was given up.
        func restartBody() {
            registry.beginAnew(at: at(now))
            look.reprieve()
        }

        var verdict: WatchdogCondemnation? { look.verdict(at: at(now)) }
    }

    @Test func aStalledShardIsRestartedAloneOnceForEachStall() {
        let scene = Scene([("a", true), ("b", true)])
        scene.live(until: 1000, "a")
        #expect(scene.findings == ["stalled b"])
        scene.live(until: 1100, "a", "b")
        #expect(scene.findings == ["stalled b"])
        scene.live(until: 2000, "a")
        #expect(scene.findings == ["stalled b", "stalled b"])
        #expect(scene.verdict == nil)
    }

    @Test func withoutACallbackTheBotIsCondemned() {
        let scene = Scene([("a", true), ("b", false)])
        scene.live(until: 1000, "a")
        #expect(
            scene.findings == [
                "condemned: gateway \"b\": zombie connection: connected, but silent for 240 s (limit 210 s) and latency unknown"
            ])
    }

    /// Their callbacks have time until the next check.
    @Test(arguments: [["a"], ["a", "b", "c"]])
    func allLostCondemnTheBot(names: [String]) {
        let scene = Scene(names.map { ($0, true) })
        scene.live(until: 240)
        #expect(scene.findings == names.map { "stalled \($0)" })
        #expect(scene.verdict != nil, "nothing feeds the service manager meanwhile")
        scene.live(until: 1000)
        let words = names.count == 1 ? "the only gateway is lost" : "all 3 gateways are lost, the first one"
        #expect(
            scene.findings.dropFirst(names.count) == [
                "condemned: \(words): zombie connection: connected, but silent for 300 s (limit 210 s) and latency unknown"
            ])
    }

    /// Its connections may be late at the first check, and nobody has been called for them yet.
    @Test func aRestartedBodyHasItsCallbacksBeforeItIsGivenUp() {
        let scene = Scene([("a", true)], disconnectGrace: .seconds(30))
        scene.live(until: 300)
        scene.restartBody()
        scene.live(until: 361)
        let kinds = scene.findings.map { String($0.prefix(while: { $0 != ":" })) }
        #expect(kinds == ["stalled a", "condemned", "stalled a"])
    }

    @Test func oneThatCameBackKeepsTheBot() {
        let scene = Scene([("a", true), ("b", true)])
        scene.live(until: 250)
        scene.live(until: 1000, "b")
        #expect(scene.findings == ["stalled a", "stalled b"])
    }

    @Test func oneThatNeverConnectedIsStalledAfterTheGrace() {
        let scene = Scene([("a", true)])
        scene.registry.heartbeat("b") { _ in }.expectSilence(until: Self.start)
        scene.live(until: 210, "a")
        #expect(scene.findings.isEmpty)
        scene.live(until: 241, "a")
        #expect(scene.findings == ["stalled b"])
    }
}

/// The whole kit, in a separate process.
struct ShardTests {
    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.port = 0
        configuration.host = "127.0.0.1"
        configuration.watchdogInterval = .seconds(1)
        configuration.watchdogStall = .seconds(600)
        configuration.watchdogDisconnectGrace = .seconds(1)
        configuration.executorStall = .seconds(600)
        return configuration
    }

    /// The callback runs where it may wait.
    @Test func aLostShardIsRestartedByItsCallback() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let events = EventLog<KeepAliveEvent>()
            let keepAlive = try KeepAlive(
                name: "Sharded", version: "1", configuration: Self.configuration(), log: Log.none,
                onEvent: { events.append($0) })
            RunLifeTests.endByItselfOrFail()
            let calls = EventLog<GatewaySnapshot>()
            let run = Task {
                try await keepAlive.run { health in
                    health.gateway("shard 1").noteReady()
                    let second = health.gateway("shard 2") { calls.append($0) }
                    second.noteReady()
                    second.noteDisconnected()
                    _ = try await calls.element(at: 0)
                    let stalled = health.report()
                    if stalled.status != .degraded || stalled.gateways.map(\.isStalled) != [false, true] { _exit(98) }
                    second.noteReady()
                    if health.report().status != .healthy { _exit(97) }
                    keepAlive.shutDown()
                }
            }
            try await run.value
            let stalls = events.elements.filter { $0.kind == .gatewayStalled }
            if calls.count != 1 || stalls.compactMap(\.metadata["gateway"]) != ["shard 2"] { _exit(96) }
        }
    }

    /// It holds up neither another shard's callback nor the log.
    @Test func aCallbackThatHangsHoldsUpNobody() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let (lines, calls) = (EventLog<String>(), EventLog<GatewaySnapshot>())
            let keepAlive = try KeepAlive(
                name: "Sharded", version: "1", configuration: Self.configuration(),
                log: Log { lines.append($1) })
            RunLifeTests.endByItselfOrFail()
            try await keepAlive.run { health in
                health.gateway("shard 0").noteReady()
                let first = health.gateway("shard 1") { _ in
                    calls.append(GatewaySnapshot(connected: false, lastEventAge: .zero))
                    while true { sleep(600) }
                }
                first.noteReady()
                first.noteDisconnected()
                _ = try await calls.element(at: 0)
                let second = health.gateway("shard 2") { calls.append($0) }
                second.noteReady()
                second.noteDisconnected()
                _ = try await calls.element(at: 1)
                _ = try await lines.first { $0.hasPrefix("gateway \"shard 2\" is stalled") }
                keepAlive.shutDown()
            }
        }
    }

    @Test func aShardWithoutACallbackEndsWith75() async {
        await #expect(processExitsWith: .exitCode(75)) {
            try await Self.loseAShard(ofTwo: true, onStall: nil)
        }
    }

    @Test func allLostEndWith75() async {
        await #expect(processExitsWith: .exitCode(75)) {
            try await Self.loseAShard(ofTwo: false) { _ in }
        }
    }

    private static func loseAShard(ofTwo: Bool, onStall: (@Sendable (GatewaySnapshot) -> Void)?) async throws {
        let keepAlive = try KeepAlive(name: "Sharded", version: "1", configuration: configuration(), log: Log.none)
        RunLifeTests.endByItselfOrFail()
        try await keepAlive.run { health in
            if ofTwo { health.gateway("shard 1").noteReady() }
            let second = health.gateway("shard 2", onStall: onStall)
            second.noteReady()
            second.noteDisconnected()
            try await Task.sleep(for: .seconds(600))
        }
    }
}
