import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct ExecProbeTests {
    private func probe(_ command: [String], _ more: [String: JSONValue] = [:]) throws -> ExecProbe {
        let values: [String: JSONValue] = ["command": .array(command.map { .string($0) })]
        return try makeProbe(ExecProbe.self, values.merging(more) { _, last in last })
    }

    private func shell(_ text: String, timeout: Duration = .seconds(30)) async throws -> ProbeResult {
        // In the file, two dollar signs stand for one.
        await look(try probe(["/bin/sh", "-c", text.replacing("$", with: "$$")]), timeout: timeout)
    }

    @Test func exitCodes() async throws {
        let cases: [(script: String, status: ProbeStatus, message: String)] = [
            ("echo fine", .healthy, "fine"),
            ("echo 'warm | t=40'; exit 1", .degraded, "warm"),
            ("echo hot; echo more; exit 2", .unhealthy, "hot"),
            ("echo nobody knows; exit 3", .unknown, "nobody knows"),
            ("exit 2", .unhealthy, "exit code 2, without a text"),
            ("echo oops >&2; exit 2", .unhealthy, "oops"),
            ("echo odd; exit 4", .unhealthy, "exit code 4, which no plugin has (0 to 3): odd"),
            ("kill -9 $$", .unhealthy, "ended by signal 9"),
            ("printf 'a\\033[31mb\\000c'", .healthy, "a [31mb c"),
        ]
        for (script, status, message) in cases {
            let result = try await shell(script)
            #expect(result.status == status, "\(script)")
            #expect(result.message == message)
            #expect(result.responseTime != nil)
        }
        let missing = try await shell("/no/such/plugin")
        #expect(missing.status == .unknown)
        #expect(missing.message.hasPrefix("exit code 127: a program is missing or not executable; check command: "))
    }

    @Test func programsThatCannotBeStarted() async throws {
        let missing = await look(try probe(["/no/such/plugin"]))
        #expect(missing.status == .unknown)
        #expect(missing.message == "/no/such/plugin is not there: install it, or correct command")
        let folder = try TemporaryDirectory()
        let path = try folder.write("#!/bin/sh\n", to: "plain").path
        let plain = await look(try probe([path]))
        #expect(plain.status == .unknown)
        #expect(plain.message.contains("is not executable by the monitor's user"))
        #expect(try probe(["/usr/lib/check_it", "secret"]).address == "command check_it")
    }

    @Test func perfdataOfSeveralLines() async throws {
        let folder = try TemporaryDirectory()
        let script = try await folder.writeScript(
            """
            #!/bin/sh
            echo "DISK OK - free | /=2643MB;5948;5958;0;5968"
            echo "/ 15272 MB"
            echo "/boot 68 MB | /boot=68MB;88;93;0;98"
            echo "'it''s hot'=81.5;~:80;@0:10"
            echo "load=U time=0.25s;0.1;1"
            """)
        let result = await look(try probe([script]))
        #expect(result.message == "DISK OK - free")
        #expect(
            result.checks == [
                .init(name: "/", status: .healthy, message: "2643 MB (warning 5948, critical 5958)", value: 2643),
                .init(name: "/boot", status: .healthy, message: "68 MB (warning 88, critical 93)", value: 68),
                .init(name: "it's hot", status: .degraded, message: "81.5 (warning ~:80, critical @0:10)", value: 81.5),
                .init(name: "load", status: .unknown, message: "the plugin could not determine it"),
                .init(name: "time", status: .degraded, message: "0.25 s (warning 0.1, critical 1)", value: 0.25),
            ])
    }

    /// It ends within its time, and nothing of it is left: neither its group, nor a child with a session of its own.
    @Test func aCommandThatHangs() async throws {
        let folder = try TemporaryDirectory()
        let pids = folder.file("pids").path
        let result = try await shell(
            "echo started; sleep 600 & echo $! >\(pids); setsid sleep 600 & echo $! >>\(pids); wait",
            timeout: .seconds(2))
        #expect(result.status == .unhealthy)
        #expect(result.message.hasPrefix("did not end within 2 s, and was killed"))
        let ids = try String(contentsOfFile: pids, encoding: .utf8).split(separator: "\n").compactMap { Int32($0) }
        #expect(ids.count == 2)
        for id in ids {
            // Its new parent reaps it.
            try await Polling.until({ ProcessFact.of(id).map(\.isZombie) != false }, isMet: { $0 })
        }
        #expect(Children.has(-1) == false || ids.allSatisfy { !Children.has($0) })
    }

    /// The output stays open in a background process of the group: the command has ended all the same.
    @Test func aBackgroundProcessThatHoldsTheOutput() async throws {
        let folder = try TemporaryDirectory()
        let pids = folder.file("pids").path
        let result = try await shell("sleep 600 & echo $! >\(pids); echo done")
        #expect(result.status == .healthy)
        #expect(result.message == "done")
        let id = try #require(Int32(try String(contentsOfFile: pids, encoding: .utf8).dropLast()))
        try await Polling.until({ ProcessFact.of(id).map(\.isZombie) != false }, isMet: { $0 })
    }

    /// More than the pipe and the limit hold: the rest is dropped, and the command still ends by itself.
    @Test func aCommandThatPrintsTooMuch() async throws {
        let result = try await shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 1")
        #expect(result.status == .degraded)
        #expect(result.message.count == 1000)
        let output = try CommandOutput.run(
            ["/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"], timeout: .seconds(30))
        #expect(output.text.utf8.count == 64 * 1024)
    }

    /// What it says last may still be in the pipe when it has ended.
    @Test func itsLastWordsAreKept() throws {
        for _ in 1...20 {
            let output = try CommandOutput.run(
                ["/bin/sh", "-c", "exec head -c 60000 /dev/zero >&2"], timeout: .seconds(30))
            #expect(output.errors.utf8.count == 60_000)
        }
    }

    @Test func itsEnvironmentAndSecrets() async throws {
        let probe = try probe(
            ["/bin/sh", "-c", "echo \"$$PLUGIN_MODE $$DB_PASSWORD $${MONITOR_API_KEY-none}\""],
            ["environment": .object(["PLUGIN_MODE": "fast", "DB_PASSWORD": "hunter22"])])
        let result = await look(probe)
        #expect(result.message == "fast [hidden] none")
    }

    /// What it says of an error may quote its environment.
    @Test func anErrorShowsNoSecret() async throws {
        let probe = try probe(
            ["/bin/sh", "-c", "echo \"not $$DB_PASSWORD\" >&2; exit 2"],
            ["environment": .object(["DB_PASSWORD": "hunter22"])])
        #expect(await look(probe).message == "not [hidden]")
    }

    @Test func keys() {
        func errors(_ values: [String: JSONValue]) -> [String] { configurationFindings(ExecProbe.self, values) }
        #expect(errors([:]) == ["command: is missing: give a list, the program first"])
        #expect(errors(["command": .array([])]).count == 1)
        #expect(errors(["command": "check_disk -w 20%"]).first?.hasPrefix("command: no shell splits it") == true)
        #expect(errors(["command": .array(["a\0b"])]).count == 1)
        #expect(errors(["command": "true"]) == [])
    }

    /// The real plugins of Debian's monitoring-plugins-basic.
    @Test func debiansPlugins() async throws {
        let folder = "/usr/lib/nagios/plugins"
        let dummy = try RealServer.program("check_dummy", package: "monitoring-plugins-basic", in: [folder])
        let words: [(String, ProbeStatus, String)] = [
            ("0", .healthy, "OK: text"), ("1", .degraded, "WARNING: text"), ("2", .unhealthy, "CRITICAL: text"),
            ("3", .unknown, "UNKNOWN: text"),
        ]
        for (code, status, message) in words {
            let result = await look(try probe([dummy, code, "text"]))
            #expect(result.status == status)
            #expect(result.message == message)
        }
        let disk = await look(try probe(["\(folder)/check_disk", "-w", "1%", "-c", "1%", "-p", "/"]))
        #expect(disk.check("/")?.value ?? 0 > 0, "\(disk)")
    }
}

struct PerformanceDataTests {
    @Test func oddText() {
        #expect(PerformanceData.parse("").data == [])
        #expect(PerformanceData.parse("no values here").data == [])
        #expect(PerformanceData.parse("a=1 'b=2").data.map(\.label) == ["a"])
        #expect(PerformanceData.parse("a=1 a=2 b=x c=3").data.map(\.label) == ["a", "c"])
        #expect(PerformanceData.parse("a=nan b=inf c=1e999 d=1.5e3KB").data.map(\.value) == [1500])
        #expect(PerformanceData.parse("x=-1.5%;;;0;100").data.first?.unit == "%")
        #expect(PerformanceData.parse("n=5c").data.first?.check.message == "5")
        let comma = PerformanceData.parse("x=1,5ms;1,2;2,5 y=,5").data
        #expect(comma.map(\.value) == [1.5, 0.5])
        #expect(comma.first?.unit == "ms")
        #expect(comma.first?.check.status == .degraded)
        let many = (0..<1000).map { "l\($0)=\($0)" }.joined(separator: " ")
        let (found, more) = PerformanceData.parse(many)
        #expect(found.count == PerformanceData.most && more == 1000 - PerformanceData.most)
        let output = ProbeResult(.init(text: "fine | \(many)", errors: "", end: .exited(0)), timeout: .seconds(1))
        #expect(output.message == "fine (900 more values left out, 100 shown)")
    }

    /// A number between commas would become another one.
    @Test(arguments: ["c=1,234,567", "c=1.2.3", "c=1,2.3", "c=12e3.5", "c=1,234 567"])
    func whatIsNoNumberIsSkipped(text: String) {
        let data = PerformanceData.parse("a=1 \(text) z=2").data
        #expect(data.filter { $0.label != "c" }.map(\.value) == [1, 2])
        #expect(data.allSatisfy { $0.label != "c" || $0.value == 1.234 })
    }

    /// The table of the guidelines ("Threshold and Ranges").
    @Test(arguments: [
        ("10", [-1, 11], [0, 10]), ("10:", [9], [10, 1e9]), ("~:10", [10.5], [-1e9, 10]),
        ("10:20", [9, 21], [10, 20]), ("@10:20", [10, 20], [9, 21]),
    ])
    func ranges(text: String, alerts: [Double], quiet: [Double]) throws {
        let range = try #require(PluginRange(text))
        #expect(alerts.allSatisfy(range.alerts))
        #expect(!quiet.contains(where: range.alerts))
    }

    @Test(arguments: ["", "x", "20:10", "1:2:3", ":x"])
    func noRanges(text: String) { #expect(PluginRange(text) == nil) }
}
