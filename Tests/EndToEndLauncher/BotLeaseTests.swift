import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

/// A real bot under a lease whose launcher is this test.
@Suite(.timeLimit(.minutes(2)))
struct BotLeaseTests {
    private static let lastLine = "lease casino (epoch 7) has run out: another machine may take over; exiting with 75"

    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func start(
        _ memory: LeaseMemory, _ program: String = "casino-bot", _ arguments: [String] = ["--demo"],
        _ changes: [String: String] = [:]
    ) throws -> ChildProcess {
        let environment = memory.variables(name: "casino").merging(["PORT": "0", "HOST": "127.0.0.1"]) { $1 }
        return try ChildProcess(
            executable: ChildProcess.product(program), arguments: arguments,
            environment: environment.merging(changes) { $1 }, workingDirectory: folder.path)
    }

    @Test func healthShowsTheLeaseAndTheBotEndsWhenItIsTakenAway() async throws {
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(memory)
        let port = try await bot.healthPort()
        let answer = try await BlockingWork.run { try RawClient.get(port: port, path: "/health") }
        let lease = try #require(answer.json()["lease"])
        #expect(lease["name"]?.string == "casino")
        #expect(lease["epoch"]?.integer == 7)
        let left = try #require(lease["held_for"]?.double)
        #expect(left > 1 && left <= 600)
        memory.revoke()
        #expect(await bot.wait() == .exited(75))
        #expect(bot.output.split(separator: "\n").filter { $0 == Self.lastLine }.count == 1)
    }

    @Test func aFrozenBotEndsAsSoonAsItThaws() async throws {
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(memory, "casino-bot", ["--demo"], ["LOG_FORMAT": "json"])
        _ = try await bot.waitForLine(containing: "listens on port ")
        bot.signal(SIGSTOP)
        try await Polling.until({ Processes.state(of: bot.processID) }, isMet: { $0 == "T" })
        memory.hold(for: .seconds(-1))
        let thaw = WallTime.now().iso8601
        // Nothing but the thaw can end it now.
        bot.signal(SIGCONT)
        #expect(await bot.wait() == .exited(75))
        let line = try JSON(parsing: String(try #require(bot.output.split(separator: "\n").last)))
        #expect(line["level"] == "error" && line["message"]?.string == Self.lastLine)
        // When it ended, and not when the line was made in advance.
        #expect(try #require(line["timestamp"]?.string) >= thaw)
    }

    @Test func aBotWhoseEveryThreadIsBlockedEndsToo() async throws {
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(
            memory, "KeepAliveStuckBot", ["deadlock"], ["EXECUTOR_STALL_SEC": "1", "WATCHDOG_STALL_SEC": "600"])
        let port = try await bot.healthPort()
        let sick = try await Polling.until(
            { try await BlockingWork.run { try RawClient.get(port: port, path: "/health").json() } },
            isMet: { $0["executor"]?.string == "stopped" })
        #expect(sick["status"]?.string == "unhealthy")
        memory.hold(for: .milliseconds(1))
        #expect(await bot.wait() == .exited(75))
    }

    @Test func aLeaseThatCannotBeUsedEndsItWith78() async throws {
        let memory = try LeaseMemory(heldFor: .seconds(600))
        let bot = try start(memory, "casino-bot", ["--demo"], ["KEEPALIVE_LEASE_FD": "0"])
        #expect(await bot.wait() == .exited(78))
        #expect(bot.output.contains("KEEPALIVE_LEASE_FD=\"0\" cannot be used"))
    }
}
