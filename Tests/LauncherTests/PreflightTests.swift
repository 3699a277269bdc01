import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct PreflightTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    func look(
        _ arguments: [String] = [], _ variables: [String: String] = [:], environmentFile: String? = nil,
        on occasion: Preflight.Occasion = .start
    ) throws -> Preflight {
        var settings = Settings(environment: variables)
        let options = try Options(["--state-dir", folder.file("state").path] + arguments)
        let launcher = LauncherSettings(options, settings: &settings)
        return Preflight(
            launcher, required: options.required, settings: settings,
            environmentFile: environmentFile ?? folder.file("none").path, on: occasion)
    }

    @Test func nothingToSay() throws {
        let found = try look(["--bot", "/bin/sh"])
        #expect(found.errors == [])
        #expect(found.warnings == [])
        #expect(FileSystem.isFolder(folder.file("state").path))
    }

    @Test func aCheckLeavesNothingBehind() throws {
        let state = folder.file("outer/state").path
        // What is in the state folder could be written.
        let variables = ["DATABASE_PATH": "\(state)/x.db", "METRICS_FILE": "\(state)/x.prom"]
        let found = try look(["--bot", "/bin/sh", "--state-dir", state], variables, on: .check)
        #expect(found.errors == [])
        #expect(found.warnings == [])
        #expect(FileSystem.names(in: folder.path) == [])
        #expect(FileSystem.prepareFolder(state))
        _ = try look(["--bot", "/bin/sh", "--state-dir", state], on: .check)
        #expect(FileSystem.isFolder(state))
    }

    @Test(arguments: [
        ("/proc/nothing", "is not writable: "), ("/dev/null/state", "cannot be used: /dev/null is not a "),
    ])
    func aStateFolderThatCouldNotBeMade(path: String, words: String) throws {
        let found = try look(["--bot", "/bin/sh", "--state-dir", path], on: .check)
        #expect(found.errors.count == 1, "\(found.errors)")
        #expect(found.errors.first?.hasPrefix("the state folder \(path) \(words)") == true)
    }

    /// The bot can run without them.
    @Test func whatTheLauncherCannotWriteIsAWarning() throws {
        for (path, words) in [
            ("/nonexistent/x", "the folder /nonexistent of METRICS_FILE does not exist or is not writable: "),
            (folder.path, "METRICS_FILE=\"\(folder.path)\" is a folder: set it to a file, such as "),
        ] {
            let found = try look(["--bot", "/bin/sh"], ["METRICS_FILE": path], on: .check)
            #expect(found.errors == [])
            #expect(found.warnings.count == 1, "\(found.warnings)")
            #expect(found.warnings.first?.hasPrefix(words) == true, "\(found.warnings)")
            // The launcher logs it as it writes.
            #expect(try look(["--bot", "/bin/sh"], ["METRICS_FILE": path]).warnings == [])
        }
    }

    @Test func aLogFileThatCasinoBotCannotOpen() throws {
        func isNamed(_ arguments: [String], _ path: String) throws -> Bool {
            let found = try look(arguments, ["LOG_FILE": path, "PORT": "0"])
            return found.errors.contains { $0.contains("LOG_FILE") }
        }
        #expect(try isNamed(["--", "--demo"], "/nonexistent/bot.log"))
        #expect(try isNamed(["--", "--demo"], folder.path))
        #expect(try !isNamed(["--", "--demo"], folder.file("bot.log").path))
        #expect(try !isNamed(["--", "--demo"], "/dev/null"))
        // Another program may make its folder.
        #expect(try !isNamed(["--bot", "/bin/sh"], "/nonexistent/bot.log"))
    }

    @Test func aWatchdogTimeThatIsNoNumber() throws {
        var settings = Settings(environment: [:], file: ["WATCHDOG_USEC": "soon"])
        let options = try Options(["--state-dir", folder.file("state").path, "--bot", "/bin/sh"])
        let launcher = LauncherSettings(options, settings: &settings)
        let found = Preflight(
            launcher, required: [], settings: settings, environmentFile: folder.file("none").path)
        #expect(found.errors == [])
        #expect(found.warnings.count == 1, "\(found.warnings)")
        #expect(found.warnings.first?.hasPrefix("WATCHDOG_USEC=\"soon\" has no effect: give ") == true)
    }

    @Test func whatStandsInFilesIsLookedAt() throws {
        let token = "12345:" + String(repeating: "x", count: 35)
        let files = try [("token", token + "\n"), ("owner", "42\n"), ("port", "http")].map {
            try folder.write($1, to: $0).path
        }
        let empty = try folder.write("", to: "env").path
        func look(_ variables: [String: String]) throws -> [String] {
            let options = try Options(["--state-dir", folder.file("state").path, "--require", "EXTRA"])
            var settings = Settings(environmentFile: empty, in: variables)
            let launcher = LauncherSettings(options, settings: &settings)
            #expect(launcher.secrets.contains(Array(token.utf8)))
            return Preflight(
                launcher, required: ["BOT_TOKEN", "OWNER_USER_ID", "EXTRA"], settings: settings, environmentFile: empty
            ).errors.filter { !$0.hasPrefix("the bot ") }
        }
        var variables = [
            "BOT_TOKEN_FILE": files[0], "OWNER_USER_ID_FILE": files[1], "EXTRA_FILE": files[1], "PORT": "0",
        ]
        #expect(try look(variables) == [])
        variables = [
            "BOT_TOKEN_FILE": files[0], "BOT_TOKEN": token, "EXTRA_FILE": "/nonexistent", "PORT_FILE": files[2],
            "OWNER_USER_ID_FILE": "/nonexistent/owner",
        ]
        let errors = try look(variables)
        #expect(errors.count == 4, "\(errors)")
        for words in [
            "BOT_TOKEN (in the environment) and BOT_TOKEN_FILE (in the environment) are both set: remove one of them",
            "EXTRA_FILE=\"/nonexistent\" cannot be read", "PORT=\"http\" is not allowed",
            "OWNER_USER_ID_FILE=\"/nonexistent/owner\" cannot be read",
        ] {
            #expect(errors.contains { $0.hasPrefix(words) }, "\(errors)")
        }
    }

    @Test func everyFindingAtOnce() throws {
        let token = "123:short-and-secret"
        let found = try look(
            ["--require", "BOT_TOKEN,OWNER_USER_ID,EXTRA", "--bot", "/nonexistent/bot"],
            [
                "BOT_TOKEN": token, "PORT": "http", "HEALTH_FAILURES": "0", "RESTART_MAX_DELAY_SEC": "x",
                "DATABASE_PATH": "/nonexistent/casino.db",
            ])
        let text = found.errors.joined(separator: "\n")
        for words in [
            "PORT=\"http\" is not allowed: give a whole number from 0 to 65535", "HEALTH_FAILURES=\"0\"",
            "RESTART_MAX_DELAY_SEC=\"x\"", "OWNER_USER_ID is not set: ", "EXTRA is not set: ",
            "the bot /nonexistent/bot does not exist: build it, or name another with --bot",
            "the folder /nonexistent of DATABASE_PATH does not exist or is not writable: create it, or set",
        ] {
            #expect(text.contains(words))
        }
        #expect(!text.contains(token))
    }

    @Test func onlyItsOwnBotsVariablesAreJudged() throws {
        let variables = ["HEARTBEAT_INTERVAL": "5m"]
        #expect(try look(["--", "--demo"], variables).errors.contains { $0.hasPrefix("HEARTBEAT_INTERVAL=\"5m\"") })
        #expect(try look(["--bot", "/bin/sh"], variables).errors == [])
    }

    @Test func aLedgerInPostgreSQLNeedsNoFolder() throws {
        let file = ["DATABASE_PATH": "/nonexistent/casino.db"]
        let server = file.merging(["DATABASE_URL": "postgres://db.example/casino"]) { $1 }
        func isNamed(_ variables: [String: String]) throws -> Bool {
            try look([], variables).errors.contains { $0.contains("DATABASE_PATH") }
        }
        #expect(try isNamed(file))
        #expect(try !isNamed(server))
    }

    @Test func aProgramThatWasLookedForInPATHIsCalledThat() throws {
        let found = try look(["--bot", "no-such-program-anywhere"], [:])
        #expect(found.errors.count == 1, "\(found.errors)")
        let words = "the bot no-such-program-anywhere is in no folder of PATH ("
        #expect(found.errors.first?.hasPrefix(words) == true)
        #expect(found.errors.first?.hasSuffix("): install it, or give its path with --bot") == true)
    }

    /// Two swapped lines of a `.env` must not put a token into the log.
    @Test func aSecretInTheWrongVariableIsNotShown() throws {
        var settings = Settings(environment: [:], file: ["MY_TOKEN": "hush-hush-1", "PORT": "hush-hush-1"])
        let options = try Options(["--state-dir", folder.file("state").path, "--bot", "/bin/sh"])
        let launcher = LauncherSettings(options, settings: &settings)
        let found = Preflight(
            launcher, required: [], settings: settings, environmentFile: folder.file("none").path)
        #expect(found.errors.count == 1, "\(found.errors)")
        #expect(found.errors.first?.hasPrefix("PORT=\"[hidden]\" is not allowed: give ") == true, "\(found.errors)")
    }

    @Test func eachFindingIsSaidOnce() throws {
        let found = try look(["--bot", "/bin/sh"], ["PORT": "http", "PORT_FALLBACKS": "-1"])
        #expect(found.errors.count == 2, "\(found.errors)")
        #expect(Set(found.errors).count == found.errors.count)
    }

    @Test(arguments: [
        ("BOT_TOKEN", "123:short", "BOT_TOKEN (hidden, 9 characters) is not allowed: give digits, a colon"),
        ("OWNER_USER_ID", "me", "OWNER_USER_ID=\"me\" is not allowed: give a Telegram user id"),
        ("DEMO_MODE", "maybe", "DEMO_MODE=\"maybe\" is not allowed: give true or false"),
        ("DATABASE_PATH", "/tmp", "DATABASE_PATH=\"/tmp\" is a folder: set it to a file, such as /tmp/casino.db"),
    ])
    func theCasinosVariablesHaveAForm(name: String, value: String, words: String) throws {
        let others = ["BOT_TOKEN": "1:\(String(repeating: "a", count: 35))", "OWNER_USER_ID": "1", "PORT": "0"]
        let found = try look([], others.merging([name: value]) { $1 })
        #expect(found.errors.contains { $0.hasPrefix(words) }, "\(found.errors)")
    }

    @Test func anotherBotsTokenMayHaveAnyForm() throws {
        #expect(try look(["--bot", "/bin/sh", "--require", "BOT_TOKEN"], ["BOT_TOKEN": "x"]).errors == [])
        let missing = try look(["--bot", "/bin/sh", "--require", "BOT_TOKEN"])
        #expect(missing.errors == ["BOT_TOKEN is not set: set it in the environment or in .env"])
    }

    @Test func aBotHasToBeAProgram() throws {
        let file = try folder.write("text", to: "file").path
        for (path, words) in [
            (file, "cannot be executed: chmod +x it, or name another with --bot"),
            (folder.path, "is a folder: name the program in it with --bot"),
        ] {
            #expect(try look(["--bot", path]).errors == ["the bot \(path) \(words)"])
        }
    }

    @Test(arguments: ["", "/below"]) func aFileInThePlaceOfTheStateFolderIsNamed(rest: String) throws {
        let file = try folder.write("", to: "state").path
        // Root may write anywhere, also "into" a program.
        try FileSystem.setRights(0o755, of: file)
        #expect(
            try look(["--bot", "/bin/sh", "--state-dir", file + rest]).errors == [
                "the state folder \(file + rest) cannot be used: \(file) is not a folder; give another --state-dir"
            ])
    }

    @Test func takenPortsAreListed() throws {
        let taken = try ScriptedServer { _ in }
        let found = try look(
            ["--bot", "/bin/sh"], ["PORT": "\(taken.port)", "PORT_FALLBACKS": "0", "HOST": "127.0.0.1"])
        #expect(found.errors.count == 1)
        #expect(found.errors.first?.contains("\(taken.port)") == true)
        let free = try look(["--bot", "/bin/sh"], ["PORT": "0", "HOST": "127.0.0.1"])
        #expect(free.errors == [])
    }

    /// The default would be tried in its place, and its failure says nothing about the bot. 192.0.2.1 is reserved for
    /// documentation (RFC 5737): no machine has it.
    @Test(arguments: [("PORT", "http"), ("PORT_FALLBACKS", "-1")])
    func aPortThatIsNoneIsNotTried(name: String, value: String) throws {
        let variables = ["PORT": "0", "HOST": "192.0.2.1"].merging([name: value]) { $1 }
        let found = try look(["--bot", "/bin/sh"], variables)
        #expect(found.errors.count == 1, "\(found.errors)")
        #expect(found.errors.first?.hasPrefix("\(name)=\"\(value)\" is not allowed: give ") == true)
    }

    @Test(arguments: [(0o600, false), (0o640, true), (0o604, true), (0o660, true), (0o400, false)])
    func secretsThatOthersCanRead(mode: Int, warns: Bool) throws {
        let path = try folder.write("BOT_TOKEN=hush\n", to: "env").path
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let found = try look(["--bot", "/bin/sh"], environmentFile: path)
        #expect(found.errors == [])
        let words = "\(path) is readable by others and may hold secrets: chmod 600 \(path)"
        #expect(found.warnings == (warns ? [words] : []))
    }

    /// A bot's own variables are no slips, and neither is the neighbour of a variable that is set.
    @Test func slipsInTheEnvironmentFileAreWarnings() throws {
        let path = try folder.write(
            """
            UNHEALTY_AFTER_SEC=30
            MAX_RESTARTS=3
            MAX_RESTARTS=7
            MAX_RESTART=2
            LOG_FILES=x
            PORTS=1,2
            """, to: "env"
        ).path
        try FileSystem.setRights(0o600, of: path)
        let options = try Options(["--state-dir", folder.file("state").path, "--bot", "/bin/sh"])
        var settings = Settings(environmentFile: path, in: [:])
        let launcher = LauncherSettings(options, settings: &settings)
        let found = Preflight(launcher, required: [], settings: settings, environmentFile: path)
        #expect(found.errors == [])
        #expect(
            found.warnings == [
                "\(path) sets MAX_RESTARTS more than once, and the last value counts: remove the others",
                "\(path) sets UNHEALTY_AFTER_SEC, which the launcher does not know; did you mean UNHEALTHY_AFTER_SEC?",
            ])
    }

    /// `chmod 600 /dev/null` would break the machine.
    @Test func onlyAFileHoldsSecrets() throws {
        try FileSystem.setRights(0o755, of: folder.path)
        for path in [folder.path, "/dev/null"] {
            #expect(try look(["--bot", "/bin/sh"], environmentFile: path).warnings == [], "\(path)")
        }
    }
}
