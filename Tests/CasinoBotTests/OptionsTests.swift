import KeepAliveToolSupport
import Testing

@testable import KeepAliveCasinoBot

struct OptionsTests {
    @Test func nothingIsTheDefault() throws {
        let options = try Options([])
        #expect(!options.isDemo && !options.showsHelp && !options.showsVersion)
        #expect(options.environmentFile == nil && options.port == nil)
    }

    @Test(arguments: [
        ["--demo", "--port", "9001", "--env-file", "a b.env"], ["--port=9001", "--env-file=a b.env", "--demo"],
        ["--port", "1", "--port", "9001", "--demo", "--demo", "--env-file=a b.env"],
    ])
    func readsValuesInBothForms(arguments: [String]) throws {
        let options = try Options(arguments)
        #expect(options.isDemo)
        #expect(options.port == "9001")
        #expect(options.environmentFile == "a b.env")
    }

    @Test func aValueMayHoldAnEqualsSign() throws {
        #expect(try Options(["--env-file=a=b"]).environmentFile == "a=b")
    }

    @Test(arguments: [
        (["--help"], true, false), (["-h"], true, false), (["--version"], false, true),
        (["-V"], false, true), (["--help", "--version"], true, true),
    ])
    func readsQuestions(arguments: [String], help: Bool, version: Bool) throws {
        let options = try Options(arguments)
        #expect(options.showsHelp == help)
        #expect(options.showsVersion == version)
    }

    @Test func theLedgerIsMovedWhenAsked() throws {
        let options = try Options(["migrate", "--env-file", "x"])
        #expect(options.migrates && options.environmentFile == "x")
        #expect(try !Options([]).migrates)
    }

    @Test(arguments: [
        (["migrate", "migrate"], "migrate is given twice"),
        (["migrate", "--demo"], "migrate does not go with --demo"),
        (["--port", "1", "migrate"], "migrate does not go with --port"),
        (["--port"], "--port needs a value"), (["--port="], "--port needs a value"),
        (["--port", ""], "--port needs a value"), (["--env-file"], "--env-file needs a value"),
        (["--demo=true"], "--demo takes no value"), (["--help=1"], "--help takes no value"),
        (["--Demo"], "unknown argument --Demo; did you mean --demo?"), (["-d"], "unknown argument -d"),
        (["demo"], "unknown argument demo; did you mean --demo?"), (["--nothing"], "unknown argument --nothing"),
        (["--prot=1"], "unknown argument --prot; did you mean --port?"),
        ([""], "unknown argument "), (["--"], "unknown argument --"), (["--demo", "x"], "unknown argument x"),
    ])
    func refusesTheFirstThatIsNotUnderstood(arguments: [String], words: String) {
        #expect(throws: Options.UsageError(description: words)) { try Options(arguments) }
    }

    /// Variables help nobody who cannot find their names.
    @Test(arguments: [
        "BOT_TOKEN", "OWNER_USER_ID", "ADMIN_USER_IDS", "DEMO_MODE", "CRYPTOBOT_API_TOKEN", "TELEGRAM_API_URL",
        "DATABASE_PATH", "PORT", "PORT_FALLBACKS", "HOST", "RENDER_EXTERNAL_URL", "HEARTBEAT_INTERVAL", "BOT_ENV",
        "UNHEALTHY_AFTER_SEC", "MAX_RESTARTS", "RESTART_DELAY_SEC", "RESTART_MAX_DELAY_SEC", "RESTART_RESET_AFTER_SEC",
        "RESTART_TOKEN", "SHUTDOWN_TIMEOUT_SEC", "LOG_LEVEL", "LOG_FORMAT", "LOG_FILE", "--demo", "--env-file",
        "--port", "--version", "--help",
    ])
    func helpNamesIt(word: String) {
        #expect(Options.help.contains(word))
    }
}
