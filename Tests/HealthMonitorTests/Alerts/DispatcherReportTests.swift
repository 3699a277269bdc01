import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

/// What a dispatcher says about its channels.
struct DispatcherReportTests {
    private let scene: HistoryScene

    init() throws { scene = try HistoryScene() }

    /// A dead channel is tried for days: unchanged trouble is a warning at the attempts 1, 2, 4, 8 and so on.
    @Test func continuingTroubleIsSaidNowAndThen() async throws {
        let tries = Mutex(0)
        let peer = try PeerServer { _ in
            let number = tries.withLock { tries in
                tries += 1
                return tries
            }
            return .status(number <= 5 ? 500 : 200)
        }
        let made = try ChannelScene.channel("{type: \"webhook\", name: \"a\", url: \"\(peer.url)\"}")
        let channel = try #require(made.channel)
        let history = scene.history()
        await history.record(
            HistoryScene.check(), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
        await Dispatcher(outbox: history, channels: [channel], client: HTTPClient(), log: scene.log)
            .deliverAll(timeout: .seconds(60))
        await history.close()
        let lines = scene.lines.elements.filter { $0.contains("opened alert for casino not delivered to a: ") }
        #expect(lines.map { String($0.prefix { $0 != " " }) } == ["warn", "warn", "debug", "warn", "debug"])
    }

    /// A channel that asks for a change of the configuration.
    private struct Advising: Channel {
        static let type = "advising"
        let name = "a"
        let secrets: [String] = []
        let advice: String? = "set chatId"
        private let delivery: Delivery
        init(reading section: ConfigurationSection) { self.init() }
        init(_ delivery: Delivery = .delivered) { self.delivery = delivery }

        func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery { delivery }
    }

    @Test func adviceIsLoggedOnceAndShownWhileItHolds() async throws {
        let history = scene.history()
        let events = [
            ChannelScene.event(), ChannelScene.event(.repeated, after: 60), ChannelScene.event(.resolved, after: 120),
        ]
        await history.record(HistoryScene.check(), state: TargetState(), events: events, channels: ["a"])
        let troubles = EventLog<ChannelTrouble?>()
        await Dispatcher(
            outbox: history, channels: [Advising()], client: HTTPClient(), log: scene.log,
            noted: { troubles.append($1) }
        ).deliverAll(timeout: .seconds(60))
        await history.close()
        #expect(scene.lines.elements.filter { $0.contains("set chatId") } == ["warn channel a: set chatId"])
        let advice: ChannelTrouble? = ChannelTrouble(channel: "a", reason: "set chatId", isDelivering: true)
        // At the start, and after each delivery.
        #expect(troubles.elements == Array(repeating: advice, count: 4))
    }

    /// A channel that delivers nothing must not look as if it did.
    @Test func aFailureComesBeforeAdvice() async throws {
        let history = scene.history()
        await history.record(
            HistoryScene.check(), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
        let troubles = EventLog<ChannelTrouble?>()
        let sender = Dispatcher(
            outbox: history, channels: [Advising(.refused(reason: "gone"))], client: HTTPClient(), log: scene.log,
            noted: { troubles.append($1) })
        let run = Task { await sender.run() }
        let trouble = try await troubles.element(at: 1)
        #expect(trouble == ChannelTrouble(channel: "a", reason: "gone", isDelivering: false))
        run.cancel()
        await run.value
        await history.close()
    }

    /// A channel that answers only when it is cancelled.
    private struct Hanging: Channel {
        static let type = "hanging"
        let name = "a"
        let secrets: [String] = []
        let tries = EventLog<Void>()
        init(reading section: ConfigurationSection) {}
        init() {}

        func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
            tries.append(())
            try? await Task.sleep(for: .seconds(3600), clock: .suspending)
            return .failed(reason: "cancelled", retryAfter: nil)
        }
    }

    /// `--once --alert` ends without its answer, and nothing else would name it.
    @Test func aChannelThatHangsIsNamedInTheEnd() async throws {
        let history = scene.history()
        await history.record(
            HistoryScene.check(), state: TargetState(), events: [ChannelScene.event()], channels: ["a"])
        let troubles = EventLog<ChannelTrouble?>()
        let hanging = Hanging()
        let sender = Dispatcher(
            outbox: history, channels: [hanging], client: HTTPClient(), log: scene.log, patience: .seconds(3600),
            noted: { troubles.append($1) })
        let run = Task { await sender.deliverAll(timeout: .seconds(1800)) }
        _ = try await hanging.tries.element(at: 0)
        run.cancel()
        await run.value
        let words = "no answer within \(Duration.seconds(1800).inWords)"
        #expect(troubles.elements == [nil, ChannelTrouble(channel: "a", reason: words, isDelivering: false)])
        #expect(await history.waitingChannels() == ["a": 1])
        await history.close()
    }
}
