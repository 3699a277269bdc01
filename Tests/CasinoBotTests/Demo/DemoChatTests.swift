import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct DemoChatTests {
    private let bank: Bank
    private let restarts = EventLog<Void>()

    init() throws { bank = try Bank() }

    private func demo(_ console: Console?) -> DemoChat {
        DemoChat(
            ledger: bank.ledger, gateway: GatewayHeartbeat(), console: console,
            restart: { [restarts] in restarts.append(()) })
    }

    @Test func simulatedPlayersKeepItBusy() async throws {
        let health = HealthMonitor()
        let demo = demo(nil)
        let running = Task { try await demo.run(health) }
        try await Polling.until({ health.report().totalUpdates }, isMet: { $0 >= 3 })
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(health.report().lastHeartbeatAgo != nil)
        #expect(try bank.rows("SELECT count(*) > 2, max(update_id) FROM updates") == ["1|-1"])
        #expect(try bank.rows("SELECT user_id FROM accounts WHERE user_id NOT BETWEEN 1001 AND 1008") == [])
        #expect(try bank.imbalances() == [])
        #expect(try bank.rows("SELECT * FROM replies") == [])
    }

    @Test func thePersonPlaysAlongAsOwner() async throws {
        let (lines, input) = AsyncStream.makeStream(of: String.self)
        for line in ["/start", "/dice 10", "/stats", "/restart"] { input.yield(line) }
        let demo = demo(Console(lines: lines))
        let running = Task { try await demo.run(HealthMonitor()) }
        _ = try await restarts.element(at: 0)
        running.cancel()
        _ = await running.result
        #expect(try bank.rows("SELECT reason FROM entries WHERE user_id = 1 ORDER BY id") == ["start", "dice"])
    }

    @Test func thePersonIsStillHeardAfterARestart() async throws {
        let (lines, input) = AsyncStream.makeStream(of: String.self)
        let demo = demo(Console(lines: lines))
        for round in 0..<3 {
            let running = Task { try await demo.run(HealthMonitor()) }
            input.yield("/restart")
            _ = try await restarts.element(at: round)
            running.cancel()
            _ = await running.result
            #expect(restarts.count == round + 1)
        }
    }

    /// Also one that came while nobody read.
    @Test func aLineIsReadOnce() async throws {
        let asked = EventLog<Void>()
        let console = Console(
            lines: AsyncStream<String>(unfolding: {
                asked.append(())
                return asked.count == 1 ? "/start" : nil
            }))
        // The console has taken the first line when it asks for the second.
        _ = try await asked.element(at: 1)
        var read: [[String]] = []
        for _ in 1...2 { read.append(await console.lines().reduce(into: []) { $0.append($1) }) }
        #expect(read == [["/start"], []])
    }

    /// The oldest ones give way.
    @Test func aHundredUnreadLinesAreKept() async throws {
        let asked = EventLog<Void>()
        let console = Console(
            lines: AsyncStream<String>(unfolding: {
                asked.append(())
                return asked.count <= 150 ? "\(asked.count)" : nil
            }))
        _ = try await asked.element(at: 150)
        let read: [String] = await console.lines().reduce(into: []) { $0.append($1) }
        #expect(read == (51...150).map { "\($0)" })
    }

    /// Nothing can be lost, so that the watchdog has no reason.
    @Test func aDemoIsConnected() async throws {
        let (health, gateway) = (HealthMonitor(), GatewayHeartbeat())
        let demo = DemoChat(ledger: bank.ledger, gateway: gateway, console: nil, restart: {})
        let running = Task { try await demo.run(health) }
        try await Polling.until({ health.report().totalUpdates }, isMet: { $0 >= 1 })
        #expect(gateway.snapshot.lastReadyAge != nil)
        running.cancel()
        _ = await running.result
    }

    @Test func theEndOfTheInputIsNotTheEndOfTheBot() async throws {
        let (lines, input) = AsyncStream.makeStream(of: String.self)
        input.finish()
        let health = HealthMonitor()
        let demo = demo(Console(lines: lines))
        let running = Task { try await demo.run(health) }
        try await Polling.until({ health.report().totalUpdates }, isMet: { $0 >= 3 })
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func aTestHasNoTerminal() {
        #expect(Console.ofTerminal() == nil)
    }
}
