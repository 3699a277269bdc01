import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What a restarter remembers over a recovery and over a reload.
struct RestarterTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func state(_ status: ProbeStatus) -> TargetState {
        var state = TargetState()
        for second in 0..<3 { _ = state.record(status, at: Int64(second), rules: .init()) }
        return state
    }

    /// After a recovery the first delay is the first again, whatever the sequence had come to.
    @Test func aRecoveryForgetsWhenTheNextRunWasDue() async {
        var schedule = RestartSchedule()
        for _ in 1...4 { _ = schedule.noteRun(of: "bot", at: 0) }
        RestartFile(folder: folder.path, log: .none).save(schedule)
        let (runs, lines) = (EventLog<Void>(), EventLog<String>())
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let restarter = Restarter(
            folder: folder.path, mode: .leavesIt, log: Log { _, line in lines.append(line) }
        ) { _ in
            runs.append(())
            return .init(succeeded: true, words: "done")
        }
        await restarter.consider(target, state(.unhealthy), at: .now()) { true }
        #expect(runs.count == 1, "it was due long ago")
        await restarter.consider(target, state(.healthy), at: .now()) { true }
        await restarter.consider(target, state(.unhealthy), at: .now()) { true }
        #expect(runs.count == 1)
        #expect(lines.elements.last == "bot is unhealthy; its restart command runs in 10 s")
    }

    /// A reload takes back the waiting runs of the targets that it changes, and of no other.
    @Test func aReloadTakesBackTheRunsOfOthersOnly() async throws {
        let (asked, gate, answered) = (EventLog<String>(), EventLog<Void>(), EventLog<String>())
        let restarter = Restarter(
            folder: folder.path, backoff: Backoff(initial: .milliseconds(1), maximum: .milliseconds(1)), log: .none
        ) { _ in
            .init(succeeded: true, words: "done")
        }
        for name in ["gone", "kept"] {
            let target = Target(name, ScriptedProbe([]), restart: ["a"])
            await restarter.consider(target, state(.unhealthy), at: .now()) {
                asked.append(name)
                _ = try? await gate.element(at: 0)
                answered.append("\(name): \(Task.isCancelled ? "taken back" : "goes on")")
                return false
            }
        }
        // Both have waited for their time, and look once more whether the service is down.
        _ = try await asked.element(at: 1)
        await restarter.stop(allBut: ["kept"])
        gate.append(())
        _ = try await answered.element(at: 1)
        #expect(Set(answered.elements) == ["gone: taken back", "kept: goes on"])
    }

    private func restarter(
        _ jobs: EventLog<RestartCommand.Job>, mode: Restarter.Mode = .leavesIt, delay: Duration = .seconds(10),
        environment: CommandEnvironment = CommandEnvironment()
    ) -> Restarter {
        Restarter(
            folder: folder.path, mode: mode, backoff: Backoff(initial: delay, maximum: .seconds(300)),
            environment: environment, log: .none
        ) { job in
            jobs.append(job)
            return .init(succeeded: true, words: "done")
        }
    }

    /// A command that did not help runs again after its delay, however often the service is checked.
    @Test func aCommandIsNotRepeatedAtOnce() async {
        var schedule = RestartSchedule()
        _ = schedule.noteRun(of: "bot", at: 0)
        RestartFile(folder: folder.path, log: .none).save(schedule)
        let jobs = EventLog<RestartCommand.Job>()
        let restarter = restarter(jobs)
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        for _ in 1...3 { await restarter.consider(target, state(.unhealthy), at: .now()) { true } }
        #expect(jobs.count == 1)
    }

    /// A reload may name another variable that holds a secret: commands do not get it from then on.
    @Test func aCommandHasTheVariablesOfItsTargetAndOfTheLastReload() async {
        let jobs = EventLog<RestartCommand.Job>()
        let restarter = restarter(jobs, delay: .zero, environment: CommandEnvironment(withheld: ["OLD"]))
        var target = Target("bot", ScriptedProbe([]), restart: ["a"])
        target.environment = ["NAME": "bot"]
        await restarter.consider(target, state(.unhealthy), at: .now()) { true }
        await restarter.adopt(CommandEnvironment(withheld: ["NEW"]), .none)
        await restarter.consider(target, state(.unhealthy), at: .now()) { true }
        #expect(jobs.elements.map(\.environment.withheld) == [["OLD"], ["NEW"]])
        #expect(jobs.elements.map(\.environment.added) == [["NAME": "bot"], ["NAME": "bot"]])
    }

    /// Its new description may have another command, or none.
    @Test func whatAReloadTakesBackDoesNotRun() async throws {
        let (asked, gate, jobs) = (EventLog<Void>(), EventLog<Void>(), EventLog<RestartCommand.Job>())
        let restarter = restarter(jobs, mode: .waits, delay: .milliseconds(1))
        let down = state(.unhealthy)
        await restarter.consider(Target("bot", ScriptedProbe([]), restart: ["old"]), down, at: .now()) {
            asked.append(())
            _ = try? await gate.element(at: 0)
            return true
        }
        _ = try await asked.element(at: 0)
        await restarter.stop()
        // The next run begins only after the first is over.
        let target = Target("bot", ScriptedProbe([]), restart: ["new"])
        let words: [[String]] = try await Polling.until {
            await restarter.consider(target, down, at: .now()) { true }
            return jobs.elements.map(\.words)
        } isMet: {
            $0.contains(["new"])
        }
        #expect(!words.contains(["old"]))
        await restarter.stop()
    }

    /// The check that has just failed is enough for a command that is due.
    @Test func whatIsDueRunsWithoutAnotherLook() async throws {
        var schedule = RestartSchedule()
        _ = schedule.noteRun(of: "bot", at: 0)
        RestartFile(folder: folder.path, log: .none).save(schedule)
        let (asked, jobs) = (EventLog<Void>(), EventLog<RestartCommand.Job>())
        let restarter = restarter(jobs, mode: .waits)
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        await restarter.consider(target, state(.unhealthy), at: .now()) {
            asked.append(())
            return true
        }
        _ = try await jobs.element(at: 0)
        #expect(asked.count == 0)
        await restarter.stop()
    }

    /// The next failure has a run of its own, which waits for its full delay.
    @Test func aRecoveryTakesBackTheRunThatWaits() async throws {
        let (asked, gate, answered) = (EventLog<String>(), EventLog<Void>(), EventLog<Bool>())
        let restarter = restarter(EventLog(), mode: .waits, delay: .milliseconds(1))
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        await restarter.consider(target, state(.unhealthy), at: .now()) {
            asked.append("first")
            _ = try? await gate.element(at: 0)
            answered.append(Task.isCancelled)
            return false
        }
        _ = try await asked.element(at: 0)
        await restarter.consider(target, state(.healthy), at: .now()) { true }
        await restarter.consider(target, state(.unhealthy), at: .now()) {
            asked.append("second")
            return false
        }
        #expect(try await asked.element(at: 1) == "second")
        gate.append(())
        #expect(try await answered.element(at: 0))
        await restarter.stop()
    }
}
