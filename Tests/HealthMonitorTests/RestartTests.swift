import Foundation
import KeepAliveKit
import TestSupport
import Testing

@testable import health_monitor

struct RestartTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    @Test func theDelaysOfTheSequence() {
        var schedule = RestartSchedule()
        var times: [Int64] = []
        for second in 0...900 where schedule.take("bot", at: Int64(second) * 1_000_000) { times.append(Int64(second)) }
        #expect(times == [0, 10, 30, 70, 150, 310, 610])
    }

    @Test func healthStartsItOver() {
        var schedule = RestartSchedule()
        let first = (schedule.take("bot", at: 0), schedule.take("bot", at: 1))
        #expect(first == (true, false))
        let forgotten = (schedule.forget("bot"), schedule.forget("bot"))
        #expect(forgotten == (true, false))
        let again = schedule.take("bot", at: 2)
        #expect(again)
    }

    @Test func aClockThatIsSetBackDelaysNoLonger() {
        var schedule = RestartSchedule()
        let taken = (schedule.take("bot", at: 1_000_000_000_000), schedule.take("bot", at: 0))
        #expect(taken == (true, true))
    }

    private func state(failures: Int) -> TargetState {
        var state = TargetState()
        for second in 0..<failures { _ = state.record(.unhealthy, at: Int64(second), rules: .init()) }
        return state
    }

    @Test func theSequenceSurvivesARestartOfTheMonitor() async throws {
        let runs = EventLog<String>()
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        for time in [0, 5_000_000, 11_000_000] as [Int64] {
            let restarter = Restarter(folder: folder.path, log: .none) { _ in
                runs.append("at \(time)")
                return .init(succeeded: true, words: "done")
            }
            await restarter.consider(target, state(failures: 3), .init(), at: WallTime(microseconds: time))
        }
        #expect(runs.elements == ["at 0", "at 11000000"])
        let text = try String(contentsOf: folder.file("restart_backoff.json"), encoding: .utf8)
        #expect(text.contains("\"attempts\" : 2"))
    }

    @Test func aDamagedFileIsSetAside() async throws {
        try "{".write(to: folder.file("restart_backoff.json"), atomically: true, encoding: .utf8)
        let lines = EventLog<String>()
        _ = Restarter(folder: folder.path, log: Log { _, line in lines.append(line) })
        #expect(lines.elements.count == 1)
        #expect(lines.elements.first?.contains("is damaged and was set aside as") == true)
        #expect(FileManager.default.fileExists(atPath: folder.file("restart_backoff.json.damaged").path))
    }

    @Test(arguments: [
        (["true"], true, "done"),
        (["sh", "-c", "exit 3"], false, "ended with code 3"),
        (["sh", "-c", "kill -TERM $$"], false, "ended by signal 15"),
        (["/nowhere/program"], false, "/nowhere/program cannot be started (No such file or directory)"),
        ([], false, "the command cannot be started (Invalid argument)"),
    ])
    func commands(command: [String], succeeded: Bool, words: String) async {
        #expect(await RestartCommand.run(command) == .init(succeeded: succeeded, words: words))
    }

    @Test func aCommandStartsWithCleanSignals() async throws {
        let file = folder.file("signals").path
        _ = await RestartCommand.run(["sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status > '\(file)'"])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let masks = text.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0, radix: 16) }
        // Without 32 and 33, which belong to the C library.
        #expect(masks.map { $0 & 0x7FFF_FFFF } == [0, 0])
    }
}
