import Foundation
import KeepAliveTestSupport
import Testing

/// `MAX_MEMORY_MB` with real processes.
@Suite(.timeLimit(.minutes(2)))
struct MemoryTests {
    private static let limits = ["MAX_MEMORY_MB": "40", "MAX_MEMORY_FOR_SEC": "1"]

    /// The group counts: the shell itself is small, its children hold 64 MB.
    @Test func aBotThatGrowsIsRestarted() async throws {
        let script = "trap 'echo ended; exit 0' TERM; head -c 64000000 /dev/zero | tail -c 64000000 | sleep 1000 & wait"
        let run = try LauncherRun(
            script: script, Self.limits.merging(["RESTART_RESET_AFTER_SEC": "1"]) { $1 })
        try await run.process.waitForLine(containing: "restarting the bot: it has held more than 40 MB for 1 s, now ")
        try await run.process.waitForLine(containing: "ended")
        try await run.process.waitForLine(containing: "restart now")
        _ = try await run.bot(2)
        #expect(!run.output.contains("failure 1 of"))
        #expect(try run.crashReports().contains { $0.contains("it has held more than 40 MB") })
        #expect(await run.process.stop() == .exited(0))
    }

    /// Soon after the start it is a failure: the limit is too low.
    @Test func aBotThatIsTooLargeFromTheStartFails() async throws {
        let script = "head -c 64000000 /dev/zero | tail -c 64000000 | sleep 1000"
        let run = try LauncherRun(script: script, Self.limits.merging(["MAX_RESTARTS": "2"]) { $1 })
        try await run.process.waitForLine(containing: "failure 1 of 2, restart in ")
        #expect(await run.process.wait() == .exited(70))
        #expect(run.output.contains("gave up after 2 failures in a row (MAX_RESTARTS)"))
    }

    @Test(arguments: ["0", "-1", "40M", "16777217"]) func badLimits(value: String) async throws {
        let run = try LauncherRun(script: "exit 0", ["MAX_MEMORY_MB": value])
        #expect(await run.process.wait() == .exited(78))
        #expect(run.output.contains("MAX_MEMORY_MB=\"\(value)\""), "\(run.output)")
    }
}
