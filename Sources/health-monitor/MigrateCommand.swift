import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveSQLite
import KeepAliveToolSupport

/// `health-monitor migrate`: moves a history from its SQLite file to the PostgreSQL database of the configuration.
struct MigrateCommand: Subcommand {
    private let options: Options
    private let source: String?
    let showsHelp: Bool

    /// - Parameter arguments: the arguments after `migrate`.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        var rest = ArgumentList(arguments)
        var general: [String] = []
        var source: String?
        var showsHelp = false
        while let argument = rest.next() {
            switch argument.name {
            case "--from": source = try rest.value(of: argument)
            case "--config", "--env-file": general += [argument.name, try rest.value(of: argument)]
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default:
                throw .unknown(argument, among: ["--from", "--config", "--env-file", "--help"])
            }
        }
        options = try Options(general)
        self.source = source
        self.showsHelp = showsHelp
    }

    static let help = """
        health-monitor migrate: moves the history from its SQLite file to PostgreSQL.

        Usage: health-monitor migrate [--from PATH] [--config FILE] [--env-file PATH]

          --from PATH      the SQLite file (default: health.db, where the monitor has
                           it without database)
          --config FILE    the configuration whose database is a postgres:// URL;
                           otherwise MONITOR_DATABASE is
          --env-file PATH  read variables from PATH instead of .env
          -h, --help       print this summary

        Stop the monitor first. The database must have no history yet. A migration that
        was interrupted goes on where it stopped. At the end both sides' rows are
        counted; the file stays and is marked, so that no monitor starts on it again.

        Exit codes: 0 moved, now or earlier; 1 failed and can be run again; 64 wrong
        usage; 78 invalid configuration, a file or database in use, or a database with
        other data.

        Examples:
          health-monitor migrate --from health.db --config monitor.json5

        More: man health-monitor (in a checkout: man docs/man/health-monitor.8)
        """

    private static func fail(_ words: String, code: Int32) -> Never {
        FileDescriptor.complain("health-monitor migrate: \(words)")
        endProcess(code)
    }

    /// Where the monitor has its file without `database`.
    private var usualPath: String {
        let settings = Settings(environmentFile: options.environmentFile)
        let folder = StateConvention { settings.value($0) }.folder(
            of: "health-monitor", unless: ["health.db"], fallback: ".")
        return folder == "." ? "health.db" : "\(folder)/health.db"
    }

    /// Moves everything; returns the exit code.
    func run() -> Int32 {
        let configuration: MonitorConfiguration
        do throws(ConfigurationFailure) {
            configuration = try ConfigurationSource.read(options).0
        } catch {
            Self.fail("invalid configuration:" + error.findings.map { "\n  - \($0)" }.joined(), code: 78)
        }
        guard let server = configuration.databaseServer else {
            Self.fail(
                "database is not a PostgreSQL URL: set it to postgres://USER@HOST/NAME, in the file or as MONITOR_DATABASE",
                code: 78)
        }
        let path = source ?? usualPath
        guard FileSystem.exists(path) else {
            Self.fail("there is no history \(path): name its file with --from", code: 78)
        }
        do {
            let lock = try HistoryLock.take(path)
            defer { withExtendedLifetime(lock) {} }
            let progress = MigrationProgress()
            var migration = try HistoryMigration(from: path, to: server)
            let summary = try migration.run { progress.show($0, of: $1) }
            progress.end()
            print(summary)
            return 0
        } catch let error as KeepAliveError {
            Self.fail("\(error)", code: error.exitCode)
        } catch let error as DatabaseRefusal {
            Self.fail(error.words, code: 78)
        } catch let error as HistoryMigration.Failure where error.code == 0 {
            print(error.words)
            return 0
        } catch let error as HistoryMigration.Failure {
            Self.fail(error.words, code: error.code)
        } catch let error as PostgreSQLSchema.Refusal {
            Self.fail("\(server): \(error.words)", code: 78)
        } catch let error as PostgreSQLError {
            Self.fail("\(server): \(error.reason); run it again: it goes on where it stopped", code: 1)
        } catch {
            Self.fail("\(error)", code: 1)
        }
    }
}
