import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

/// `health-monitor import`, run like by a person.
@Suite(.timeLimit(.minutes(3)))
struct ImportProcessTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(
            #"""
            {"version":"1.23.11","notificationList":[
              {"id":1,"name":"ops","active":true,"isDefault":true,
               "config":"{\"type\":\"discord\",\"discordWebhookUrl\":\"https://discord.com/api/webhooks/1/secret\"}"}],
             "monitorList":[
              {"id":1,"name":"Web","type":"http","url":"http://127.0.0.1:1/","notificationIDList":{"1":true}},
              {"id":2,"name":"game","type":"steam"}]}
            """#, to: "backup.json")
    }

    private func run(_ arguments: [String]) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        try await ChildProcess.run(
            ChildProcess.product("health-monitor"), arguments, environment: ["PATH": "/usr/bin:/bin"], in: folder.path)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.file(name).path)[.posixPermissions] as? Int
    }

    @Test func whatItWritesIsCheckedAsItSays() async throws {
        let (status, output) = try await run(["import", "uptime-kuma", "backup.json", "--output", "m.json5"])
        #expect(status == .exited(0), "\(output)")
        #expect(try names() == ["backup.json", "m.json5", "m.json5.env"])
        #expect(try mode(of: "m.json5") == 0o640)
        #expect(try mode(of: "m.json5.env") == 0o600)
        #expect(try !String(contentsOf: folder.file("m.json5"), encoding: .utf8).contains("secret"))
        #expect(output.contains("monitor \"game\": there is no probe of game servers"), "\(output)")
        let next = "health-monitor --config m.json5 --env-file m.json5.env --check-config"
        #expect(output.contains("Next: \(next)\n"), "\(output)")
        let check = try await run(next.split(separator: " ").dropFirst().map(String.init))
        #expect(check.status == .exited(0), "\(check.output)")
        #expect(check.output.contains("1 target"))
        #expect(check.output.contains("1 channel"))

        let again = try await run(["import", "uptime-kuma", "backup.json", "--output", "m.json5"])
        #expect(again.status == .exited(73))
        #expect(again.output.contains("m.json5 exists already: give another --output"))
    }

    /// The next words stand on a line of their own.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "no script(1)"))
    func atATerminalTheHistoryHasABar() async throws {
        let database = try Database(path: folder.file("kuma.db").path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, type TEXT, url TEXT);
            INSERT INTO monitor VALUES (1, 'web', 'http', 'http://a.example.com');
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, time DATETIME,
                ping INTEGER);
            INSERT INTO heartbeat (monitor_id, status, time) VALUES (1, 1, datetime('now', '-1 hours'));
            """)
        database.close()
        let monitor = try ChildProcess.product("health-monitor")
        let command = "\"$MONITOR\" import uptime-kuma kuma.db --output m.json5 --history health.db"
        let (status, output) = try await ChildProcess.run(
            "/bin/sh", ["-c", "exec script -qec 'exec \(command)' /dev/null < /dev/null"],
            environment: ["PATH": "/usr/bin:/bin", "MONITOR": monitor, "TERM": "dumb"], in: folder.path)
        #expect(status == .exited(0), "\(output)")
        #expect(output.contains("] 100 % (1 of 1 checks)\r\nhistory: 1 check "), "\(output)")
    }

    /// Otherwise an empty file would pass for the configuration.
    @Test(arguments: ["import uptime-kuma backup.json", "--example-config"])
    func aResultThatCannotBeWrittenIsAnError(command: String) async throws {
        let program = try ChildProcess.product("health-monitor")
        let full = try await ChildProcess.run(
            "/bin/sh", ["-c", "exec \"$0\" \(command) > /dev/full", program], environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path)
        #expect(full.status == .exited(73))
        #expect(full.output.contains("standard output cannot be written: "), "\(full.output)")
    }

    /// The name of the second file is too long for a file system.
    @Test func ifOneOfItsFilesCannotBeWrittenItLeavesNone() async throws {
        let name = String(repeating: "m", count: 255)
        let (status, output) = try await run(["import", "uptime-kuma", "backup.json", "--output", name])
        #expect(status == .exited(73), "\(output)")
        #expect(output.contains("\(name).env cannot be written (") && output.contains("give another --output"))
        #expect(try names() == ["backup.json"])
        try folder.write("mine", to: "n.env")
        let kept = try await run(["import", "uptime-kuma", "backup.json", "--output", "n"])
        #expect(kept.status == .exited(73))
        #expect(kept.output.contains("n.env exists already: give another --output"))
        #expect(try names() == ["backup.json", "n.env"])
        #expect(try String(contentsOf: folder.file("n.env"), encoding: .utf8) == "mine")
    }
}
