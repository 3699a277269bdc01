import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct RestartTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// First 10 s after the failure, then after the delays of the sequence.
    @Test func theDelaysOfTheSequence() {
        var schedule = RestartSchedule()
        _ = schedule.noteFailure(of: "bot", at: 0)
        var times: [Int64] = []
        for second in 0...900 where schedule.wait(of: "bot", at: Int64(second) * 1_000_000) == .zero {
            times.append(Int64(second))
            _ = schedule.noteRun(of: "bot", at: Int64(second) * 1_000_000)
        }
        #expect(times == [10, 30, 70, 150, 310, 610])
    }

    @Test func healthStartsItOver() {
        var schedule = RestartSchedule()
        let news = (schedule.noteFailure(of: "bot", at: 0), schedule.noteFailure(of: "bot", at: 1))
        #expect(news == (true, false))
        let forgotten = (schedule.forget("bot"), schedule.forget("bot"))
        #expect(forgotten == (true, false))
        let again = schedule.noteFailure(of: "bot", at: 2)
        #expect(again)
    }

    @Test func aClockThatIsSetBackDelaysNoLonger() {
        var schedule = RestartSchedule()
        _ = schedule.noteFailure(of: "bot", at: 1_000_000_000_000)
        #expect(schedule.wait(of: "bot", at: 0) == .zero)
    }

    private func state(failures: Int) -> TargetState {
        var state = TargetState()
        for second in 0..<failures { _ = state.record(.unhealthy, at: Int64(second), rules: .init()) }
        return state
    }

    /// With runs by cron, the command runs at least 10 s after the failure that an earlier run stored.
    @Test func theSequenceSurvivesARestartOfTheMonitor() async throws {
        let runs = EventLog<String>()
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let now = WallTime.now().microseconds
        for time in [0, 5, 11, 12] as [Int64] {
            let restarter = Restarter(folder: folder.path, mode: .leavesIt, log: .none) { _ in
                runs.append("at \(time)")
                return .init(succeeded: true, words: "done")
            }
            let wall = WallTime(microseconds: now + time * 1_000_000)
            await restarter.consider(target, state(failures: 3), at: wall) { true }
        }
        #expect(runs.elements == ["at 11"])
        let text = try String(contentsOf: folder.file("restart_backoff.json"), encoding: .utf8)
        #expect(text.contains("\"attempts\" : 1"))
    }

    /// In the background, when due; not if the target recovered meanwhile; then again after twice the delay.
    @Test func itWaitsForItsTime() async throws {
        let (runs, lines) = (EventLog<Void>(), EventLog<String>())
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let restarter = Restarter(
            folder: folder.path, backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(300)),
            log: Log { _, line in lines.append(line) }
        ) { _ in
            runs.append(())
            return .init(succeeded: true, words: "done")
        }
        let began = MonotonicTime.now()
        await restarter.consider(target, state(failures: 3), at: .now()) { false }
        _ = try await lines.first { $0 == "bot is no longer unhealthy; its restart command does not run" }
        #expect(MonotonicTime.now().since(began) >= .milliseconds(100))
        #expect(runs.count == 0)
        // It is due, but in maintenance, or while a dependency is down, it does not run.
        await restarter.consider(target, state(failures: 3), at: .now(), isSilenced: true) { true }
        #expect(runs.count == 0)
        _ = try await Polling.until {
            await restarter.consider(target, self.state(failures: 3), at: .now()) { true }
            return runs.count
        } isMet: {
            $0 == 1
        }
        await restarter.stop()
    }

    /// A recovered service gets its full delay at the next failure.
    @Test func recoveryTakesBackARunThatWaits() async throws {
        let runs = EventLog<Void>()
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let restarter = Restarter(folder: folder.path, log: .none) { _ in
            runs.append(())
            return .init(succeeded: true, words: "done")
        }
        await restarter.consider(target, state(failures: 3), at: .now()) { true }
        var well = TargetState()
        _ = well.record(.healthy, at: 0, rules: .init())
        await restarter.consider(target, well, at: .now()) { true }
        let text = try String(contentsOf: folder.file("restart_backoff.json"), encoding: .utf8)
        #expect(!text.contains("bot"))
        await restarter.stop()
        #expect(runs.count == 0)
    }

    /// `failures` counts degraded checks too; the command is for a service that is down.
    @Test func degradedAndUnknownChecksRunNothing() async throws {
        let lines = EventLog<String>()
        let restarter = Restarter(folder: folder.path, mode: .leavesIt, log: Log { _, line in lines.append(line) })
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        var state = TargetState()
        for second in 0..<20 { _ = state.record(.degraded, at: Int64(second), rules: .init()) }
        for second in 0..<3 {
            #expect(lines.elements == [])
            _ = state.record(.unhealthy, at: 20 + Int64(second), rules: .init())
            var unknown = state
            _ = unknown.record(.unknown, at: 30, rules: .init())
            await restarter.consider(target, unknown, at: .now()) { true }
            #expect(lines.elements == [])
            await restarter.consider(target, state, at: .now()) { true }
        }
        #expect(lines.elements == ["bot is unhealthy; its restart command runs in 10 s"])
    }

    /// An interrupted restart would leave the service stopped.
    @Test func aRunningCommandIsNotInterruptedByARecovery() async throws {
        let (began, ended) = (EventLog<Void>(), EventLog<Bool>())
        let (gate, opening) = AsyncStream<Void>.makeStream()
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let restarter = Restarter(
            folder: folder.path, backoff: Backoff(initial: .milliseconds(1), maximum: .seconds(300)), log: .none
        ) { _ in
            began.append(())
            for await _ in gate { break }
            ended.append(Task.isCancelled)
            return .init(succeeded: true, words: "done")
        }
        await restarter.consider(target, state(failures: 3), at: .now()) { true }
        _ = try await began.first { _ in true }
        var well = TargetState()
        _ = well.record(.healthy, at: 0, rules: .init())
        await restarter.consider(target, well, at: .now()) { true }
        opening.yield()
        #expect(try await ended.first { _ in true } == false)
        await restarter.stop()
    }

    /// A service that a reload removes and adds again waits by the file, not by what this process remembers.
    @Test func aRemovedTargetsTimeIsForgotten() async throws {
        let runs = EventLog<Void>()
        let target = Target("bot", ScriptedProbe([]), restart: ["a"])
        let restarter = Restarter(folder: folder.path, mode: .leavesIt, log: .none) { _ in
            runs.append(())
            return .init(succeeded: true, words: "done")
        }
        let now = WallTime.now()
        let later = WallTime(microseconds: now.microseconds + 11_000_000)
        await restarter.consider(target, state(failures: 3), at: now) { true }
        await restarter.consider(target, state(failures: 3), at: later) { true }
        #expect(runs.count == 0, "the wall clock may have been set")
        await restarter.stop()
        await restarter.consider(target, state(failures: 3), at: later) { true }
        #expect(runs.count == 1)
    }

    @Test(.enabled(if: GroupMover.isInstalled, "no Perl"))
    func aCommandThatJoinedAnotherGroupIsKilledToo() async throws {
        let file = folder.file("ids").path
        // The shell becomes the program, and keeps its number.
        let words = ["sh", "-c", "echo $$ > '\(file)'; exec \"$@\" >> '\(file)'", "sh", GroupMover.program]
        let job = RestartCommand.Job(words: words + GroupMover.arguments, limit: .seconds(1))
        async let outcome = RestartCommand.run(job)
        let text = try await Polling.until(
            { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }, isMet: { $0.hasSuffix(".\n") })
        let ids = text.split { !$0.isNumber }.compactMap { Int32($0) }
        defer { for id in ids { kill(id, SIGKILL) } }
        try #require(ids.count == 2)
        #expect(await Processes.end(of: ids[0]))
        let found = await outcome
        #expect(found == .init(succeeded: false, words: "did not end within 1 s, and was killed"))
    }

    @Test func aCommandThatHangsIsKilledWithItsChildren() async throws {
        let file = folder.file("child").path
        var job = RestartCommand.Job(words: ["sh", "-c", "sleep 1000 & echo $! > '\(file)'; wait"])
        #expect(job.limit == .seconds(60))
        job.limit = .seconds(2)
        let outcome = await RestartCommand.run(job)
        #expect(outcome == .init(succeeded: false, words: "did not end within 2 s, and was killed"))
        let child = try #require(
            pid_t(try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)))
        // A zombie, or gone: whoever adopts it reaps it later.
        let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
        #expect(state?.contains(") S ") != true, "it still sleeps")
    }

    @Test func aDamagedFileIsSetAside() async throws {
        try "{".write(to: folder.file("restart_backoff.json"), atomically: true, encoding: .utf8)
        let lines = EventLog<String>()
        _ = Restarter(folder: folder.path, log: Log { _, line in lines.append(line) })
        #expect(lines.elements.count == 1)
        #expect(lines.elements.first?.contains("is damaged and was moved to") == true)
        #expect(FileManager.default.fileExists(atPath: folder.file("restart_backoff.json.damaged").path))
    }

    @Test(arguments: [
        (["true"], true, "done"),
        (["sh", "-c", "exit 3"], false, "exit code 3"),
        (["sh", "-c", "kill -TERM $$"], false, "ended by signal 15"),
        (["/nowhere/program"], false, "/nowhere/program cannot be started (No such file or directory)"),
        ([], false, "the command cannot be started (Invalid argument)"),
    ])
    func commands(command: [String], succeeded: Bool, words: String) async {
        #expect(await RestartCommand.run(.init(words: command)) == .init(succeeded: succeeded, words: words))
    }

    @Test func aCommandInheritsNoSecrets() async throws {
        let environment = CommandEnvironment(withheld: ["CHAT"], added: ["EXTRA": "$x y", "OWN_KEY": "given"])
        for (name, value) in [
            ("PATH", "/bin"), ("HOME", "/"), ("LANG", "C"), ("MAX_TOKENS", "5"), ("DEBUG_KEY", "true"),
            ("SITE_URL", "http://a/b"),
            ("STATE_DIRECTORY", "/var"),
        ] {
            #expect(environment.passes(name, value), "\(name)")
        }
        for (name, value) in [
            ("MONITOR_HOST", "x"), ("MONITOR_API_KEY_FILE", "/run/x"), ("DISCORD_SECRET", "x"), ("ALERT_EMAIL", "a@b"),
            ("SMTP_HOST", "x"), ("CHAT", "5"), ("CHAT_FILE", "/run/x"), ("BOT_TOKEN", "abcdefgh1"),
            ("DB_PASSWORD", "abcdefgh1"),
            ("LEASE_URL", "postgres://a"), ("REDIS_URL", "redis://u:abcdefgh1@h"), ("NOTIFY_SOCKET", "/run/x"),
            ("LOG_LEVEL", "debug"), ("EXTRA", "old"),
        ] {
            #expect(!environment.passes(name, value), "\(name)")
        }
        let file = folder.file("environment").path
        _ = await RestartCommand.run(.init(words: ["sh", "-c", "env > '\(file)'"], environment: environment))
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.contains("EXTRA=$x y"))
        #expect(lines.contains("OWN_KEY=given"))
        #expect(lines.contains { $0.hasPrefix("PATH=") })
    }

    @Test func variablesOfACommand() throws {
        func findings(_ environment: String) -> [String] {
            let text = #"{"targets":[{"name":"a","type":"disk","restart":["a"],"environment":\#(environment)}]}"#
            guard case .object(let root)? = try? JSONValue(parsing: Array(text.utf8)) else { return ["no JSON"] }
            do throws(ConfigurationFailure) {
                _ = try MonitorConfiguration(root, environment: ["KEY": "x"])
                return []
            } catch {
                return error.findings.map { String($0.prefix { $0 != ":" }) }
            }
        }
        #expect(findings(#"{"A_1":"$KEY","Za_09":"x","_z":"x"}"#) == [])
        #expect(findings(#"{"9Z":"x"}"#) == ["targets[0].environment.9Z"])
        #expect(findings(#"{"1A":"x"}"#) == ["targets[0].environment.1A"])
        #expect(findings(#"{"A-B":"x"}"#) == ["targets[0].environment.A-B"])
        #expect(findings(#"{"A":1}"#) == ["targets[0].environment.A"])
        #expect(findings(#"{"A":"x\u0000y"}"#) == ["targets[0].environment.A"])
        #expect(findings(#"["A=1"]"#) == ["targets[0].environment"])
    }

    @Test func aCommandStartsWithCleanSignals() async throws {
        let file = folder.file("signals").path
        _ = await RestartCommand.run(
            .init(words: ["sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status > '\(file)'"]))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let masks = text.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0, radix: 16) }
        // Without 32 and 33, which belong to the C library.
        #expect(masks.map { $0 & 0x7FFF_FFFF } == [0, 0])
    }

    /// Standard output belongs to the report of a single run, such as its JSON.
    @Test func aCommandsOutputStandsInTheLog() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            _ = await RestartCommand.run(.init(words: ["sh", "-c", "echo 'it began anew'"]))
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(!output.contains("it began anew"))
        #expect(errors.contains("it began anew"))
    }
}
