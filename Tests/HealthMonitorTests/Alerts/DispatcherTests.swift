import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

struct DispatcherTests {
    let scene: HistoryScene

    init() throws { scene = try HistoryScene() }

    func channel(_ peer: PeerServer, _ name: String = "a") throws -> any Channel {
        let made = try ChannelScene.channel("{type: \"webhook\", name: \"\(name)\", url: \"\(peer.url)/\(name)\"}")
        return try #require(made.channel)
    }

    func tell(_ history: History, _ events: [AlertEvent], _ channels: [String] = ["a"]) async {
        await history.record(HistoryScene.check(), state: TargetState(), events: events, channels: channels)
    }

    func dispatcher(_ history: History, _ channels: [any Channel]) -> Dispatcher {
        Dispatcher(outbox: history, channels: channels, client: HTTPClient(), log: scene.log)
    }

    private static func key(_ request: PeerServer.Request) -> String { request.headers["Idempotency-Key"] ?? "" }

    @Test func whatFailsIsSentAgainWithTheSameKeyAndOnceItWentThroughNeverAgain() async throws {
        let tries = Mutex(0)
        let peer = try PeerServer { _ in
            let number = tries.withLock {
                $0 += 1
                return $0
            }
            switch number {
            case 1: return .status(500)
            case 2: return .close
            case 3: return .status(403)
            default: return .status(200)
            }
        }
        let history = scene.history()
        await tell(history, [ChannelScene.event()])
        let sender = dispatcher(history, [try channel(peer)])
        await sender.deliverAll(timeout: .seconds(60))
        await sender.deliverAll(timeout: .seconds(60))
        #expect(peer.requests.count == 4)
        #expect(Set(peer.requests.elements.map(Self.key)) == [ChannelScene.event().key(for: "a")])
        await history.close()
        #expect(try scene.rows("SELECT count(*) FROM alert_outbox") == [[0]])
        #expect(scene.errors.count == 1)
        #expect(
            scene.errors.first?.contains(
                "opened alert for casino not delivered to a: the webhook answered 403; attempt 2, next in 1 s; check this channel"
            ) == true)
        // libcurl itself retries the connection that was closed halfway.
        #expect(scene.lines.elements.last == "warn opened alert for casino delivered to a after 2 failed attempts")
    }

    /// A failing channel is named from its first failure, also by the next run, until it accepts an event.
    @Test func aChannelThatTakesNothingIsNamedUntilItDoes() async throws {
        let isUp = Mutex(false)
        let peer = try PeerServer { _ in isUp.withLock { $0 } ? .status(204) : .status(404, body: "no_service") }
        let first = scene.history()
        let troubles = EventLog<ChannelTrouble?>()
        let reported = { (history: History) throws in
            Dispatcher(
                outbox: history, channels: [try channel(peer)], client: HTTPClient(), log: scene.log,
                noted: { troubles.append($1) })
        }
        await tell(first, [ChannelScene.event()])
        let run = Task { [dispatcher = try reported(first)] in await dispatcher.run() }
        #expect(try await troubles.element(at: 0) == nil)
        let named = try await troubles.element(at: 1)
        #expect(named?.sentence == "channel a takes no alerts: the webhook answered 404: no_service")
        run.cancel()
        await run.value
        await first.close()
        let before = troubles.count
        isUp.withLock { $0 = true }
        let second = scene.history()
        await (try reported(second)).deliverAll(timeout: .seconds(60))
        #expect(troubles.elements.dropFirst(before) == [named, nil])
        await second.close()
    }

    /// A channel that ignores its time limit and its cancellation.
    private struct Stuck: Channel {
        static let type = "stuck"
        let name = "a"
        let secrets: [String] = []
        let tries = EventLog<Void>()
        init(reading section: ConfigurationSection) {}
        init() {}

        func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
            tries.append(())
            guard tries.count == 1 else { return .delivered }
            // Longer than the test.
            await withCheckedContinuation { Self.stuck.append($0) }
            return .delivered
        }

        private static let stuck = EventLog<CheckedContinuation<Void, Never>>()
    }

    @Test func aChannelThatNeverReturnsIsLeftBehind() async throws {
        let history = scene.history()
        await tell(history, [ChannelScene.event()])
        let stuck = Stuck()
        await Dispatcher(
            outbox: history, channels: [stuck], client: HTTPClient(), log: scene.log, patience: .milliseconds(50)
        ).deliverAll(timeout: .seconds(60))
        #expect(stuck.tries.count >= 2)
        await history.close()
        #expect(try scene.rows("SELECT count(*) FROM alert_outbox") == [[0]])
    }

    /// A channel whose answer comes after the end of the run that sends.
    private struct Overtaken: Channel {
        static let type = "overtaken"
        let name = "a"
        let secrets: [String] = []
        let runs = EventLog<Task<Void, Never>>()
        private let delivery: Delivery
        init(reading section: ConfigurationSection) { self.init(.delivered) }
        init(_ delivery: Delivery) { self.delivery = delivery }

        func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
            (try? await runs.element(at: 0))?.cancel()
            return delivery
        }
    }

    /// An event that the peer has taken is not sent again, and a failure by our own end is none of the channel's.
    @Test(arguments: [.delivered, .failed(reason: "cut short", retryAfter: nil)] as [Delivery])
    func whatTheEndOvertakesCountsOnlyIfItWasTaken(delivery: Delivery) async throws {
        let history = scene.history()
        await tell(history, [ChannelScene.event()])
        let channel = Overtaken(delivery)
        let troubles = EventLog<ChannelTrouble?>()
        let sender = Dispatcher(
            outbox: history, channels: [channel], client: HTTPClient(), log: scene.log,
            noted: { troubles.append($1) })
        let run = Task { await sender.run() }
        channel.runs.append(run)
        await run.value
        await history.close()
        // The first is the trouble of an earlier run.
        let noted: [ChannelTrouble?] = delivery.isDelivered ? [nil, nil] : [nil]
        #expect(troubles.elements == noted)
        let attempts: [[Value]] = delivery.isDelivered ? [] : [[0]]
        #expect(try scene.rows("SELECT attempts FROM alert_outbox") == attempts)
    }

    @Test func whatWasNotDeliveredIsSentAfterARestartInOrder() async throws {
        let isUp = Mutex(false)
        let peer = try PeerServer { _ in .status(isUp.withLock { $0 } ? 200 : 503) }
        let events = [
            ChannelScene.event(), ChannelScene.event(.repeated, after: 3600),
            ChannelScene.event(.resolved, after: 7200),
        ]
        let first = scene.history()
        await tell(first, events)
        let run = Task { [dispatcher = dispatcher(first, [try channel(peer)])] in await dispatcher.run() }
        _ = try await peer.waitForRequest(3)
        run.cancel()
        await run.value
        await first.close()
        let before = peer.requests.count
        // All attempts so far were for the first event: the others wait behind it.
        #expect(Set(peer.requests.elements.map { $0.json["event"]?.string }) == ["opened"])
        isUp.withLock { $0 = true }
        let second = scene.history()
        await dispatcher(second, [try channel(peer)]).deliverAll(timeout: .seconds(60))
        await second.close()
        let after = peer.requests.elements.dropFirst(before)
        #expect(after.map { $0.json["event"]?.string } == ["opened", "repeated", "resolved"])
        #expect(after.first.map(Self.key) == peer.requests.elements.first.map(Self.key))
    }

    @Test func aChannelThatHangsHoldsUpNoOther() async throws {
        let hanging = try PeerServer { _ in .hang }
        let well = try PeerServer { _ in .status(200) }
        let history = scene.history()
        let sender = dispatcher(history, [try channel(hanging, "a"), try channel(well, "b")])
        let run = Task { await sender.run() }
        await tell(history, [ChannelScene.event()], ["a", "b"])
        _ = try await hanging.waitForRequest()
        await tell(history, [ChannelScene.event(.resolved, after: 60)], ["a", "b"])
        _ = try await well.waitForRequest(2)
        await history.settled(["b"], before: MonotonicTime.now().advanced(by: .seconds(60)))
        run.cancel()
        await run.value
        await history.close()
        #expect(hanging.requests.count == 1)
        #expect(try scene.rows("SELECT DISTINCT channel FROM alert_outbox") == [["a"]])
        #expect(try scene.rows("SELECT count(*) FROM alert_outbox") == [[2]])
    }

    /// Cron must not wait for a retry that is due in an hour.
    @Test func deliveringAllEndsWhereNothingIsDueInTime() async throws {
        let peer = try PeerServer { _ in .status(429, headers: ["Retry-After": "3600"]) }
        let history = scene.history()
        await tell(history, [ChannelScene.event()])
        await dispatcher(history, [try channel(peer)]).deliverAll(timeout: .seconds(1800))
        #expect(peer.requests.count == 1)
        await history.close()
        let due = try scene.rows("SELECT next_attempt_at FROM alert_outbox").first?.first?.integerValue ?? 0
        #expect(abs(due - WallTime.now().microseconds - 3_600_000_000) < 600_000_000)
        // The peer's requested delay outlives the monitor.
        let second = scene.history()
        await dispatcher(second, [try channel(peer)]).deliverAll(timeout: .seconds(1800))
        #expect(peer.requests.count == 1)
        await second.close()
    }

    @Test func alertsOfAChannelThatIsGoneAreSaid() async throws {
        let history = scene.history()
        await tell(history, [ChannelScene.event()], ["gone"])
        await dispatcher(history, []).deliverAll(timeout: .zero)
        #expect(scene.errors.contains { $0.contains("an alert waits for channel gone") })
        await history.close()
    }

    /// A monitor that is killed repeatedly, with a randomly failing peer: every event arrives.
    @Test func noAlertIsLostToKills() async throws {
        let taken = Mutex<Set<String>>([])
        let judge = try PeerServer { request in
            switch Int.random(in: 0..<4) {
            case 0: return .status(500)
            case 1: return .close
            default:
                taken.withLock { _ = $0.insert(Self.key(request)) }
                return .status(200)
            }
        }
        for round in 0..<8 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = scene.path as String, url = judge.url as String, folder = scene.folder.path as String,
                    round = round as Int
                ] in
                let history = History(path: path, retentionDays: 90, log: .none, pace: .quick)
                guard
                    let channel = try ChannelScene.channel("{type: \"webhook\", name: \"a\", url: \"\(url)\"}").channel
                else { exit(1) }
                let sender = Dispatcher(outbox: history, channels: [channel], client: HTTPClient(), log: .none)
                let run = Task { await sender.run() }
                let last = Int.random(in: 1...40)
                for number in 0..<40 {
                    let kind: AlertEvent.Kind = number % 2 == 0 ? .opened : .resolved
                    let event = ChannelScene.event(
                        kind, service: "s\(number % 6)", triggered: Int64(round), after: Int64(number))
                    await history.record(
                        HistoryScene.check(), state: TargetState(), events: [event], channels: ["a"])
                    // Committed: from now on it must arrive.
                    let line = Array("\(event.key(for: "a"))\n".utf8)
                    let file = unsafe open(folder + "/promised", O_WRONLY | O_APPEND | O_CREAT, 0o600)
                    _ = unsafe line.withUnsafeBytes { unsafe Foundation.write(file, $0.baseAddress, $0.count) }
                    close(file)
                    if number + 1 == last { kill(getpid(), SIGKILL) }
                }
                await run.value
            }
        }
        let history = scene.history()
        await dispatcher(history, [try channel(judge)]).deliverAll(timeout: .seconds(120))
        await history.close()
        let promised = try String(contentsOf: scene.folder.file("promised"), encoding: .utf8).split(separator: "\n")
        #expect(promised.count >= 8)
        let missing = taken.withLock { taken in promised.filter { !taken.contains(String($0)) } }
        #expect(missing == [])
        #expect(try scene.rows("SELECT count(*) FROM alert_outbox") == [[0]])
    }
}
