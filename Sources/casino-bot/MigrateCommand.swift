import KeepAliveKit
import KeepAlivePostgreSQL

/// `casino-bot migrate`: reads the variables, moves the ledger, and prints the progress.
enum MigrateCommand {
    /// - Returns: the exit code: 0 moved, 75 try again, 78 a repetition does not help.
    static func run(_ options: Options) -> Int32 {
        do {
            let variables = try Configuration.variables(
                environmentFile: options.environmentFile, allowingFilesFor: ["DATABASE_URL"])
            var reader = VariableReader(variables, secrets: ["DATABASE_URL"])
            let path = reader.value("DATABASE_PATH") ?? "casino.db"
            if reader.value("DATABASE_URL") == nil {
                reader.findings.append(
                    "DATABASE_URL is not set: give the database that receives the ledger, e.g. postgres://user@host/casino"
                )
            }
            guard let address = reader.database("DATABASE_URL"), reader.findings.isEmpty else {
                throw KeepAliveError.configuration(reader.findings)
            }
            let progress = MigrationProgress(isTerminal: Terminal.showsProgress)
            progress.say("moving the ledger \(path) to \(address)")
            try Migration(path: path, address: address, report: progress.show).run()
            progress.say(
                "moved; start the bot with DATABASE_URL. \(path) stays as a backup, and no bot uses it any more.")
            return 0
        } catch let error as LedgerError {
            fail("\(error)")
            return error.errorClass == .critical ? 78 : 75
        } catch {
            fail("\(error)")
            return (error as? KeepAliveError)?.exitCode ?? 78
        }
    }

    private static func fail(_ words: String) {
        Terminal.complain("casino-bot migrate: \(words)")
    }
}
