public import Foundation
import Synchronization

/// A PostgreSQL server from the system's package, in a temporary folder on a free port of 127.0.0.1 and on a UNIX socket.
///
/// It syncs nothing, and ends with the test's process, even a killed one. Its user `postgres` needs no password, `locked`
/// has the password `geheim`, and `nobody` has no access.
public final class PostgreSQLServer: Sendable {
    private struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private static let sharing = Sharing()

    public let port: UInt16
    /// Its log is its output.
    public let process: ChildProcess
    private let folder: TemporaryDirectory
    private let command: [String]
    private let settings: [String]
    private let numbers = Atomic(0)

    /// The folder of its UNIX socket.
    public var socketFolder: String { folder.path }

    /// The one server of all tests in this process: give each test its own ``makeDatabase()``, and leave the server alone.
    public static func shared() async throws -> PostgreSQLServer { try await sharing.server() }

    /// A server for one test, which may stop it.
    ///
    /// - Parameter settings: such as `max_connections=3`.
    public static func start(_ settings: String...) async throws -> PostgreSQLServer {
        let folder = try TemporaryDirectory(prefix: "pg")
        let data = folder.file("data").path
        let programs = try programs()
        var before: [String] = []
        if geteuid() == 0 {
            // It refuses to run as root.
            before = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
            try await run(["/bin/chown", "postgres:postgres", folder.path])
        }
        try await run(
            before + [
                "\(programs)/initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "--no-locale", "-E",
                "UTF8",
            ])
        let rules = """
            host all locked 127.0.0.1/32 scram-sha-256
            host all nobody 127.0.0.1/32 reject
            host all all 127.0.0.1/32 trust
            host replication all 127.0.0.1/32 trust
            local all all trust

            """
        // Written in place, because the file belongs to the server's user.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(data)/pg_hba.conf"))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(rules.utf8))
        try file.close()
        let server = try await PostgreSQLServer(
            folder: folder, port: try PortRow.one(), command: before + ["\(programs)/postgres", "-D", data],
            settings: settings)
        try await server.psql("CREATE ROLE locked LOGIN PASSWORD 'geheim'; CREATE ROLE nobody LOGIN")
        return server
    }

    /// Ends it as a crash does, and starts it again on its port and with its data.
    public func restarted() async throws -> PostgreSQLServer {
        await process.stop(SIGQUIT)
        return try await PostgreSQLServer(folder: folder, port: port, command: command, settings: settings)
    }

    private init(folder: TemporaryDirectory, port: UInt16, command: [String], settings: [String]) async throws {
        self.folder = folder
        self.port = port
        self.command = command
        self.settings = settings
        let options =
            ["-p", "\(port)", "-k", folder.path, "-F"]
            + (["listen_addresses=127.0.0.1", "shared_buffers=16MB"] + settings).flatMap { ["-c", $0] }
        // When this process has gone, however it went, the server is asked to end.
        let script = """
            (tail --pid="$0" -f /dev/null; kill -INT $$) >/dev/null 2>&1 &
            exec "$@"
            """
        process = try ChildProcess(executable: "/bin/sh", arguments: ["-c", script, "\(getpid())"] + command + options)
        try await process.waitForLine(containing: "ready to accept connections")
    }

    /// A URL of the server.
    public func url(database: String = "postgres", user: String = "postgres", password: String? = nil) -> String {
        "postgres://\(user)\(password.map { ":\($0)" } ?? "")@127.0.0.1:\(port)/\(database)"
    }

    /// Makes an empty database and returns its URL.
    public func makeDatabase() async throws -> String {
        let name = "test\(numbers.add(1, ordering: .relaxed).newValue)"
        try await psql("CREATE DATABASE \(name)")
        return url(database: name)
    }

    /// Runs statements by psql(1); returns its output: rows as lines, with `|` between the columns.
    @discardableResult
    public func psql(_ statements: String, database: String = "postgres") async throws -> String {
        try await psql(statements, url: url(database: database))
    }

    /// Runs statements in the database of a URL.
    @discardableResult
    public func psql(_ statements: String, url: String) async throws -> String {
        try await Self.run(["\(try Self.programs())/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", statements])
    }

    /// Ends it in its regular way, which closes all sessions.
    public func stop(_ signal: Int32 = SIGINT) async { await process.stop(signal) }

    @discardableResult
    private static func run(_ command: [String]) async throws -> String {
        let (status, output) = try await ChildProcess.run(command[0], Array(command.dropFirst()))
        guard status == .exited(0) else { throw Missing(description: "\(command): \(output)") }
        return output
    }

    /// The folder of the newest installed server's programs.
    private static func programs() throws -> String {
        let versions = "/usr/lib/postgresql"
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? [])
            .compactMap { Int($0) }.sorted(by: >).map { "\(versions)/\($0)/bin" }
        guard
            let folder = (folders + ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"]).first(where: {
                FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
            })
        else {
            throw Missing(description: "initdb is missing: install the package postgresql (scripts/bootstrap test)")
        }
        return folder
    }

    /// Starts the shared server with the first test that wants it.
    private actor Sharing {
        private var start: Task<PostgreSQLServer, any Error>?

        func server() async throws -> PostgreSQLServer {
            let task = start ?? Task { try await PostgreSQLServer.start() }
            start = task
            return try await task.value
        }
    }
}
