import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The probes of this machine: disks, memory, files, logs, units, and services' calls.
@Suite(.timeLimit(.minutes(2)))
struct LocalProbeTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func disk() async throws {
        let result = await look(try makeProbe(DiskProbe.self, ["path": .string(folder.path)]))
        let used = try #require(result.check("disk.used_percent")?.value)
        // df's output for this folder, rounded up.
        let df = try ChildProcess(executable: "/bin/df", arguments: ["--output=pcent", folder.path])
        await df.wait()
        let percent = Double(df.output.filter(\.isNumber))
        #expect(abs(try #require(percent) - used) <= 2)
        let limits = UsageLimits(warning: 80, critical: 90)
        for (percent, status) in [(79.9, ProbeStatus.healthy), (80, .degraded), (89.9, .degraded), (90, .unhealthy)] {
            #expect(
                DiskProbe.verdict(on: DiskSpace(usedPercent: percent, usedFilesPercent: 1), limits).status == status)
            #expect(
                DiskProbe.verdict(on: DiskSpace(usedPercent: 1, usedFilesPercent: percent), limits).status == status)
        }
        #expect(DiskProbe.verdict(on: DiskSpace(usedPercent: nil, usedFilesPercent: nil), limits).status == .unknown)
        let severities = [89.0, 90.0].map {
            DiskProbe.verdict(on: DiskSpace(usedPercent: $0, usedFilesPercent: 1), limits).severity
        }
        #expect(severities == [nil, .critical])
        // 50 of 1000 blocks are root's, and 855 of the other 950 are in use.
        #expect(DiskSpace.percent(total: 1000, free: 145, available: 95) == 90)
        #expect(DiskSpace.percent(total: 1000, free: 0, available: 0) == 100)
        #expect(DiskSpace.percent(total: 0, free: 0, available: 0) == nil)
        let missing = await look(try makeProbe(DiskProbe.self, ["path": .string("/nonexistent")]))
        #expect(missing.status == .unhealthy)
        #expect(findings(DiskProbe.self, ["warningPercent": .integer(90), "criticalPercent": .integer(80)]).count == 1)
    }

    @Test func memory() async throws {
        let result = await look(try makeProbe(MemoryProbe.self, [:]))
        let used = try #require(result.check("memory.used_percent")?.value)
        #expect((0.1...100).contains(used))
        let table = Array("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 90 kB\n".utf8)
        let judged = MemoryProbe.verdict(on: table, UsageLimits(warning: 90, critical: nil))
        #expect(judged.status == .degraded)
        #expect(judged.message == "91 % of the memory is in use")
        let empty = Array("MemTotal: 0 kB\nMemAvailable: 0 kB\n".utf8)
        #expect(MemoryProbe.verdict(on: empty, UsageLimits(warning: 90, critical: nil)).status == .unknown)
        #expect(MemoryProbe.verdict(on: [0xff, 0x0a], UsageLimits(warning: 90, critical: nil)).status == .unknown)
    }

    @Test func heartbeat() async throws {
        let file = folder.file("beat")
        let probe = try makeProbe(HeartbeatProbe.self, ["path": .string(file.path)])
        #expect(await look(probe).message == "the file does not exist")
        try folder.write("", to: "beat")
        let young = await look(probe)
        #expect(young.status == .healthy)
        #expect((young.check("heartbeat.age")?.value ?? 1e9) < 300)
        for (age, status) in [(-100.0, ProbeStatus.healthy), (-320, .unhealthy), (3600, .degraded)] {
            let date = Date(timeIntervalSinceNow: age)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
            #expect(await look(probe).status == status, "\(age)")
        }
        let now = WallTime(microseconds: 1_000_000_000)
        let old = HeartbeatProbe.verdict(
            modified: WallTime(microseconds: 1_000_000_000 - 301_000_000), now: now, maxAge: .seconds(300))
        #expect(old.status == .unhealthy)
        #expect(old.message == "the last heartbeat is 301 s old, more than 300 s")
        let extreme = HeartbeatProbe.verdict(
            modified: WallTime(microseconds: .min), now: WallTime(microseconds: .max), maxAge: .seconds(300))
        #expect(!extreme.message.isEmpty)
    }

    @Test func log() async throws {
        let path = folder.file("bot.log")
        let probe = try makeProbe(LogProbe.self, ["path": .string(path.path), "criticalCount": .integer(4)])
        #expect(await look(probe).status == .unknown)
        // Before the first look, lines older than the window do not count, nor do untimed lines after them.
        let recent = WallTime.now().iso8601
        try folder.write(
            "2020-01-01T00:00:00Z ERROR old\n  FATAL still old\n\(recent) INFO fine\n\(recent) ERROR new\n",
            to: "bot.log")
        func expect(_ count: Double, _ status: ProbeStatus, _ line: Int = #line) async {
            let result = await look(probe)
            #expect(result.check("log.matches")?.value == count, "line \(line)")
            #expect(result.status == status, "line \(line)")
        }
        await expect(1, .degraded)
        func append(_ text: String) throws {
            let file = try FileHandle(forWritingTo: path)
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }
        try append("CRITICAL two\nINFO\nER")
        await expect(2, .degraded)
        try append("ROR three\n")
        await expect(3, .degraded)
        await expect(3, .degraded)
        // Emptied and rewritten, longer than before.
        try Data(("FATAL four\n" + String(repeating: "INFO something\n", count: 100)).utf8).write(to: path, options: [])
        await expect(4, .unhealthy)
        // Rotated.
        try FileManager.default.moveItem(at: path, to: folder.file("bot.log.1"))
        #expect(await look(probe).status == .unknown)
        try folder.write("ERROR five\n", to: "bot.log")
        await expect(5, .unhealthy)
    }

    @Test func logWithoutTimesAndExpressions() async throws {
        try folder.write("boom 12\nboom x\nERROR\n", to: "a.log")
        let probe = try makeProbe(
            LogProbe.self,
            ["path": .string(folder.file("a.log").path), "patterns": .array([.string(#"boom \d+"#), .string("ERR")])])
        // The age of these is unknown; lines after the first look are new.
        let first = await look(probe)
        #expect(first.check("log.matches")?.value == 0)
        #expect(first.message == "no error line in the last 300 s")
        let file = try FileHandle(forWritingTo: folder.file("a.log"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("boom 12\nboom x\nERROR\n".utf8))
        try file.close()
        let second = await look(probe)
        #expect(second.check("log.matches")?.value == 2)
        #expect(second.message == "2 error lines in the last 300 s")
        #expect(findings(LogProbe.self, ["path": .string("/x"), "patterns": .string("(")]).count == 1)
    }

    @Test func logThatIsNoFile() async throws {
        let pipe = folder.file("pipe").path
        try NamedPipe.make(at: pipe)
        for (path, kind) in [(pipe, "a named pipe"), (folder.path, "a folder")] {
            let result = await look(try makeProbe(LogProbe.self, ["path": .string(path)]))
            #expect(result.status == .unknown)
            #expect(result.message == "it cannot be read: it is \(kind); give the path of a file")
        }
    }

    /// It backtracks for a second or two here, and with a few letters more for days.
    @Test func anExpressionThatDoesNotEndIsNamed() async throws {
        try folder.write(String(repeating: "a", count: 16) + "!\n", to: "a.log")
        let keys: [String: JSONValue] = [
            "path": .string(folder.file("a.log").path), "patterns": .array(["x.y", "(a+)+$"]),
        ]
        let probe = try makeProbe(LogProbe.self, keys)
        func isNamed(_ result: ProbeResult) -> Bool {
            result.message.contains(#"the pattern "(a+)+$" still searches a line"#)
        }
        let client = HTTPClient()
        var result: ProbeResult
        repeat {
            result = await look(probe, client: client, timeout: .milliseconds(1))
        } while result.status == .unhealthy && !isNamed(result)
        #expect(isNamed(result), "\(result.message)")
        #expect(result.status == .unhealthy)
    }

    @Test func systemd() async throws {
        func result(_ lines: String, exit: Int = 0) async throws -> ProbeResult {
            let script = try await folder.writeScript(
                "#!/bin/sh\n[ \"$1 $2\" = 'show bot.service' ] || exit 9\n\(lines)\nexit \(exit)\n")
            return await look(
                try makeProbe(
                    SystemdProbe.self, ["unit": .string("bot.service"), "command": .string(script)]))
        }
        func show(
            _ active: String, _ sub: String, restarts: Int = 0, load: String = "loaded", result: String = "success"
        ) -> String {
            "printf 'NRestarts=\(restarts)\\nResult=\(result)\\nLoadState=\(load)\\nActiveState=\(active)\\nSubState=\(sub)\\n'"
        }
        let running = try await result(show("active", "running", restarts: 5))
        #expect(running.status == .healthy)
        #expect(running.check("restarts")?.value == 5)
        let restarted = try await result(show("active", "running", restarts: 6))
        #expect(restarted.status == .degraded)
        #expect(restarted.message == "restarted 6 times")
        let failed = try await result(show("failed", "failed", result: "exit-code"))
        #expect(failed.message == "it has failed (exit-code)")
        #expect([running, restarted, failed].map(\.severity) == [nil, nil, .critical])
        #expect(try await result(show("activating", "auto-restart", result: "signal")).status == .unhealthy)
        #expect(try await result(show("activating", "start")).status == .degraded)
        #expect(try await result(show("inactive", "dead", load: "not-found")).message == "systemd knows no such unit")
        #expect(try await result(show("inactive", "dead")).status == .unhealthy)
        let none = try await result("echo 'System has not been booted with systemd' >&2", exit: 1)
        #expect(none.status == .unknown)
        #expect(none.message == "systemd does not answer: System has not been booted with systemd")
        let missing = await look(
            try makeProbe(SystemdProbe.self, ["unit": .string("a"), "command": .string("/nonexistent/systemctl")]))
        #expect(missing.status == .unknown)
        let longest = String(repeating: "a", count: 255)
        for unit in ["--help", "a b", longest + "a"] {
            #expect(findings(SystemdProbe.self, ["unit": .string(unit)]).count == 1, "\(unit)")
        }
        #expect(findings(SystemdProbe.self, ["unit": .string(longest)]) == [])
    }

    @Test func systemdThatHangs() async throws {
        let script = try await folder.writeScript("#!/bin/sh\nsleep 1000\n")
        let probe = try makeProbe(SystemdProbe.self, ["unit": .string("a"), "command": .string(script)])
        #expect(await look(probe, timeout: .milliseconds(200)).status == .unknown)
    }

    /// A drive that never answers costs one thread, and each look returns in time.
    @Test func workThatNeverEnds() async throws {
        let thread = BlockingCall()
        let gate = DispatchSemaphore(value: 0)
        await #expect(throws: BlockingCall.Failure.late(.milliseconds(50))) {
            try await thread.run(timeout: .milliseconds(50)) { gate.wait() }
        }
        let error = await #expect(throws: BlockingCall.Failure.self) { try await thread.run(timeout: .seconds(10)) {} }
        guard case .stuck? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        gate.signal()
        try await Polling.until({ (try? await thread.run(timeout: .seconds(10)) { true }) ?? false }, isMet: { $0 })
        let task = Task { try await thread.run(timeout: .seconds(1000)) { gate.wait() } }
        task.cancel()
        await #expect(throws: BlockingCall.Failure.self) { try await task.value }
        gate.signal()
    }

    @Test func push() async throws {
        let board = PushBoard()
        let probe = try makeProbe(PushProbe.self, ["token": .string("geheimes-wort"), "maxSilence": .integer(60)])
        #expect(await look(probe, pushes: board).status == .unknown)
        board.note("geheimes-wort", .init(at: .now(), status: .healthy, message: nil))
        #expect(await look(probe, pushes: board).status == .healthy)
        board.note("geheimes-wort", .init(at: .now(), status: .degraded, message: "slow"))
        let slow = await look(probe, pushes: board)
        #expect(slow.status == .degraded)
        #expect(slow.message == "slow")
        for (status, words) in [
            (ProbeStatus.healthy, "last call "), (.degraded, "it reported a problem "),
            (.unhealthy, "it reported a failure "),
        ] {
            board.note("geheimes-wort", .init(at: .now(), status: status, message: nil))
            let silentOnWhy = await look(probe, pushes: board)
            #expect(silentOnWhy.status == status)
            #expect(silentOnWhy.message.hasPrefix(words))
        }
        let early = MonotonicTime.now().advanced(by: .seconds(-61))
        board.note("geheimes-wort", .init(at: early, status: .healthy, message: nil))
        let silent = await look(probe, pushes: board)
        #expect(silent.status == .unhealthy)
        #expect(!silent.message.contains("geheim"))
        #expect(await look(probe, pushes: PushBoard(start: early)).status == .unhealthy)
    }

    /// The schedule says when a call is due, and no silence before it counts.
    @Test func aScheduledJobMayBeSilent() async throws {
        let probe = try makeProbe(PushProbe.self, ["token": "long-enough", "schedule": "@yearly"])
        let board = PushBoard(start: MonotonicTime.now().advanced(by: .seconds(-301)))
        let result = await look(probe, pushes: board)
        #expect(result.status == .unknown)
        #expect(result.message.hasPrefix("no call yet; next due "), "\(result.message)")
    }
}
