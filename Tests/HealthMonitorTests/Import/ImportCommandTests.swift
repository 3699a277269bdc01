import Foundation
import KeepAliveKit
import KeepAliveSQLite
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthMonitor

/// `health-monitor import` as a whole: the files that it writes, and those that it leaves alone.
struct ImportCommandTests {
    private let folder: TemporaryDirectory
    private let output: String
    private let history: String

    init() throws {
        folder = try TemporaryDirectory()
        output = folder.file("monitor.json5").path
        history = folder.file("health.db").path
    }

    private static let gatus = #"""
        {"endpoints":[{"name":"a","url":"http://a.example.com","conditions":["[STATUS] == 200"],
            "headers":{"Authorization":"Bearer hush-hush"}}]}
        """#

    private func run(_ arguments: String...) throws -> Int32 { try ImportCommand(arguments).run() }

    private func text(_ name: String) throws -> String { try String(contentsOf: folder.file(name), encoding: .utf8) }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.file(name).path) }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.file(name).path)[.posixPermissions] as? Int
    }

    /// Only its owner may read it.
    @Test func secretsLieInAFileOfTheirOwn() throws {
        let source = try folder.write(Self.gatus, to: "config.json").path
        #expect(try run("gatus", source, "--output", output) == 0)
        let file = try text("monitor.json5")
        #expect(file.hasPrefix("// Imported from Gatus, config.json.\n"))
        #expect(!file.contains("hush-hush"))
        #expect(try text("monitor.json5.env") == "A_AUTHORIZATION='Bearer hush-hush'\n")
        #expect(try mode("monitor.json5") == 0o640)
        #expect(try mode("monitor.json5.env") == 0o600)
    }

    @Test func withoutSecretsThereIsOneFile() throws {
        let source = try folder.write(
            #"{"endpoints":[{"name":"a","url":"http://a.example.com"}]}"#, to: "config.json"
        ).path
        #expect(try run("gatus", source, "--output", output) == 0)
        #expect(exists("monitor.json5") && !exists("monitor.json5.env"))
    }

    /// Also a link to nothing: a file would be written through it.
    @Test(arguments: ["monitor.json5", "monitor.json5.env"], [false, true])
    func whatIsThereIsKept(name: String, isLink: Bool) throws {
        let source = try folder.write(Self.gatus, to: "config.json").path
        if isLink {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file(name).path, withDestinationPath: folder.file("elsewhere").path)
        } else {
            try folder.write("mine", to: name)
        }
        #expect(try run("gatus", source, "--output", output) == 73)
        #expect(!exists("elsewhere"))
        if !isLink { #expect(try text(name) == "mine") }
        #expect(!exists(name == "monitor.json5" ? "monitor.json5.env" : "monitor.json5"), "nothing is half done")
    }

    @Test(
        arguments: [
            ([], "name the program: uptime-kuma or gatus"), (["gatus"], "give its file: "),
            (["nagios", "a"], "unknown argument nagios"), (["gatus", "a", "b"], "unknown argument b"),
            (["gatus", "a", "--outptu", "b"], "unknown argument --outptu; did you mean --output?"),
        ] as [([String], String)])
    func whatIsNoUseIsRefused(arguments: [String], words: String) {
        let error = #expect(throws: Options.UsageError.self) { try ImportCommand(arguments) }
        #expect(error?.description.hasPrefix(words) == true, "\(arguments)")
    }

    @Test func whatCannotBeReadIsNoImport() throws {
        let nonsense = try folder.write("{", to: "nonsense.json").path
        for place in [nonsense, folder.file("missing").path, folder.path] {
            #expect(try run("uptime-kuma", place, "--output", output) == 65, "\(place)")
        }
        #expect(!exists("monitor.json5"))
    }

    /// Only the database of Uptime Kuma has one, and only a file of ours takes it.
    @Test func whereThereIsNoHistoryNoneIsWritten() throws {
        let gatus = try folder.write(Self.gatus, to: "config.json").path
        let backup = try folder.write(#"{"monitorList":[]}"#, to: "backup.json").path
        let database = try kuma()
        #expect(try run("gatus", gatus, "--output", output, "--history", history) == 64)
        #expect(try run("uptime-kuma", backup, "--output", output, "--history", history) == 64)
        #expect(try run("uptime-kuma", database, "--output", output, "--history", "postgres://h/d") == 64)
        #expect(!exists("monitor.json5") && !exists("health.db"))
        #expect(try run("uptime-kuma", backup, "--output", output) == 0)
        #expect(try text("monitor.json5").contains("//   history: a backup has none"))
    }

    // MARK: The history

    /// A database with two monitors, of which one is carried over, and the times of their checks.
    private func kuma(_ checks: [(monitor: Int, time: String)] = []) throws -> String {
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, type TEXT, url TEXT);
            INSERT INTO monitor VALUES (1, 'web', 'http', 'http://a.example.com'), (2, 'game', 'steam', NULL);
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, time DATETIME, ping INTEGER);
            """)
        for check in checks {
            try database.run(
                "INSERT INTO heartbeat (monitor_id, status, time) VALUES (?, 1, datetime('now', ?))",
                .integer(Int64(check.monitor)), .text(check.time))
        }
        database.close()
        return path
    }

    @Test func ninetyDaysOfChecksAreCarriedOver() throws {
        let source = try kuma([(1, "-1 hours"), (2, "-1 hours"), (1, "-89 days"), (1, "-91 days")])
        #expect(try run("uptime-kuma", source, "--output", output, "--history", history) == 0)
        let reader = HistoryReader(path: history)
        defer { reader.close() }
        #expect(try reader.checks(service: nil, hours: 24 * 120, limit: 9).map(\.service) == ["web", "web"])
        let file = try text("monitor.json5")
        for loss in ["1 check older than 90 days", "1 check of monitors that were not carried over"] {
            #expect(file.contains("//   history: \(loss)\n"), "\(file)")
        }
        #expect(!file.contains("without a readable time"))
    }

    @Test func whereNothingIsLostNothingIsListed() throws {
        let source = try kuma([(1, "-1 hours")])
        #expect(try run("uptime-kuma", source, "--output", output, "--history", history) == 0)
        #expect(try !text("monitor.json5").contains("history: "))
    }

    /// It is not the file that was to be read: the person is told of the other one.
    @Test func aHistoryThatCannotBeWrittenIsNamed() throws {
        let source = try kuma([(1, "-1 hours")])
        let lock = try HistoryLock.take(history)
        #expect(try run("uptime-kuma", source, "--output", output, "--history", history) == 73)
        withExtendedLifetime(lock) {}
        let other = folder.file("other.db").path
        try Database(path: other).execute("CREATE TABLE other (id INTEGER)")
        #expect(try run("uptime-kuma", source, "--output", output, "--history", other) == 73)
        #expect(!exists("monitor.json5"))
    }
}
