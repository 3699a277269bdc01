import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

/// Foreign files at the history's path.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DatabaseTests {
    private static let configuration = MonitorProcess.configuration(targets: ["{ name: \"memory\", type: \"memory\" }"])

    enum Kind: CaseIterable {
        case text, picture, header, foreignMark, foreignTables, ledger, newer, folder, pipe, link, textAsLock,
            textAsReserve

        /// Creates it at the path of `health.db`.
        func make(in folder: URL) throws {
            let path = folder.appendingPathComponent("health.db")
            switch self {
            case .text: try Data("my notes\n".utf8).write(to: path)
            case .picture: try Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0]).write(to: path)
            case .header: try Data("SQLite format 3\u{0} it says".utf8).write(to: path)
            case .foreignMark:
                try Database(path: path.path).execute("PRAGMA application_id = 5; CREATE TABLE t (v)")
            case .foreignTables: try Database(path: path.path).execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v)")
            case .ledger:
                try Database(path: path.path).execute("PRAGMA application_id = 0x4B414C47; CREATE TABLE t (v)")
            case .newer:
                try Database(path: path.path).execute("PRAGMA application_id = 0x4B41484D; PRAGMA user_version = 99")
            case .folder: try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
            case .pipe: try NamedPipe.make(at: path.path)
            case .link:
                let other = folder.appendingPathComponent("notes.txt")
                try Data("my notes\n".utf8).write(to: other)
                try FileManager.default.createSymbolicLink(at: path, withDestinationURL: other)
            case .textAsLock: try Data("my notes\n".utf8).write(to: folder.appendingPathComponent("health.db.lock"))
            case .textAsReserve:
                try Data("my notes\n".utf8).write(to: folder.appendingPathComponent("health.db-reserve"))
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func whatIsNotOursIsLeftAsItIs(kind: Kind) async throws {
        for arguments in [[], ["--check-config"], ["--once"], ["--once", "--alert"]] {
            // Only writers care about the files beside it.
            let isBeside = kind == .textAsLock || kind == .textAsReserve
            if isBeside, arguments == ["--check-config"] || arguments == ["--once"] { continue }
            let folder = try TemporaryDirectory(prefix: "monitor")
            try folder.write(Self.configuration, to: "monitor.json5")
            let place = URL(fileURLWithPath: folder.path)
            try kind.make(in: place)
            let before = try Self.contents(place)
            let (status, output) = try await MonitorProcess(Self.configuration, arguments, in: folder).end()
            #expect(status == .exited(78), "\(kind) \(arguments): \(output)")
            #expect(output.contains("health.db"), "\(kind) \(arguments): \(output)")
            let after = try Self.contents(place)
            if !isBeside { #expect(after == before, "\(kind) \(arguments)") }
            for (name, content) in before { #expect(after[name] == content, "\(kind) \(arguments)") }
        }
    }

    /// The names and contents of files.
    private static func contents(_ folder: URL) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let path = folder.appendingPathComponent(name).path
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            found[name] =
                type == .typeRegular ? FileManager.default.contents(atPath: path) : Data("\(type as Any)".utf8)
        }
        return found
    }

    /// A file has one lock, by whatever name it is opened.
    @Test func aLinkToAHistoryInUseIsRefused() async throws {
        let first = try MonitorProcess(Self.configuration)
        _ = try await first.port()
        try FileManager.default.createSymbolicLink(
            at: first.folder.file("link.db"), withDestinationURL: first.folder.file("health.db"))
        let (status, output) = try await MonitorProcess(
            Self.configuration, ["--once", "--alert", "--database", "link.db"], in: first.folder
        ).end()
        #expect(status == .exited(78))
        #expect(output.contains("another health-monitor uses the database"), "\(output)")
        #expect(await first.stop() == .exited(0))
    }

    /// An answered call never counts as silence, even if the monitor is killed right after.
    @Test func aCallThatWasAnsweredOutlivesAKill() async throws {
        let configuration = MonitorProcess.configuration(targets: [
            "{ name: \"job\", type: \"push\", token: \"token-of-the-job\", maxSilence: 3600 }",
            "{ name: \"never\", type: \"push\", token: \"token-of-nobody\", maxSilence: 3600 }",
        ])
        let first = try MonitorProcess(configuration)
        let answer = try await first.ask("GET", "/api/push/token-of-the-job?status=down&msg=disk+is+full", key: nil)
        #expect(answer.status == 200)
        #expect(await first.stop(SIGKILL) == .signaled(SIGKILL))
        let second = try MonitorProcess(configuration, in: first.folder)
        let service = try await second.service("job")
        #expect(service["status"] == "unhealthy")
        #expect(service["message"] == "disk is full")
        #expect(await second.stop() == .exited(0))
        // A day later no service has called.
        try Database(path: second.database).execute(
            """
            UPDATE push_calls SET called_at = called_at - 86400000000, status = 'healthy', message = NULL
                WHERE service_name = 'job';
            UPDATE push_calls SET first_known_at = first_known_at - 86400000000 WHERE service_name = 'never';
            """)
        let third = try MonitorProcess(configuration, in: first.folder)
        for name in ["job", "never"] { #expect(try await third.service(name)["status"] == "unhealthy") }
        #expect(await third.stop() == .exited(0))
    }

    @Test func theStateOfAServiceHasItsUptimes() async throws {
        let daemon = try MonitorProcess(Self.configuration)
        try await daemon.service("memory") { $0["uptime_percent_24h"] == 100 && $0["uptime_percent_90d"] == 100 }
        #expect(await daemon.stop() == .exited(0))
    }
}
