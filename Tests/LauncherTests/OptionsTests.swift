import KeepAliveKit
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

struct OptionsTests {
    @Test func nothingGivenRunsTheOwnBot() throws {
        let options = try Options([String]())
        #expect(options.command == .run)
        #expect(options.bot == nil)
        #expect(options.health == .auto)
        #expect(options.botArguments.isEmpty)
        #expect(!options.forgetsDelay)
    }

    @Test func everythingGiven() throws {
        let options = try Options([
            "--bot", "/bin/x", "--require", "A,B", "--require=C", "--health-url=off", "--env-file", "e", "--now",
            "--state-dir=s=t", "--", "--check", "drill",
        ])
        #expect(options.bot == "/bin/x")
        #expect(options.required == ["A", "B", "C"])
        #expect(options.health == .off)
        #expect(options.environmentFile == "e")
        #expect(options.forgetsDelay)
        #expect(options.stateDirectory == "s=t")
        #expect(options.command == .run)
        #expect(options.botArguments == ["--check", "drill"])
    }

    @Test(arguments: [
        (["drill"], Options.Command.drill, []),
        (["drill", "--state-dir", "s"], .drill, []),
        (["status", "--json"], .status, []),
        (["handover"], .handover, []),
        (["--check", "run.py", "--now"], .check, ["run.py", "--now"]),
        (["--now", "status"], .run, ["status"]),
        (["--check"], .check, []),
        (["--help"], .help, []),
        (["-h"], .help, []),
        (["-V"], .version, []),
        (["--now", "drill"], .run, ["drill"]),
        (["run.py", "--check"], .run, ["run.py", "--check"]),
        (["--", "drill"], .run, ["drill"]),
        (["--", "statsu"], .run, ["statsu"]),
        (["--now", "statsu"], .run, ["statsu"]),
        (["--"], .run, []),
        (["--", "--", "-x"], .run, ["--", "-x"]),
    ])
    func command(arguments: [String], expected: Options.Command, rest: [String]) throws {
        let options = try Options(arguments)
        #expect(options.command == expected)
        #expect(options.botArguments == rest)
    }

    @Test(arguments: [
        ("auto", Options.Health.auto),
        ("off", .off),
        ("http://h:9/ready", .url(HTTPURL(host: "h", port: 9, target: "/ready"))),
        ("http://h:9", .url(HTTPURL(host: "h", port: 9, target: "/health"))),
        ("http://h:9/", .url(HTTPURL(host: "h", port: 9, target: "/health"))),
        ("http://[::1]:9/x?y", .url(HTTPURL(host: "::1", port: 9, target: "/x?y"))),
    ])
    func health(text: String, expected: Options.Health) throws {
        #expect(try Options(["--health-url", text]).health == expected)
    }

    @Test(arguments: [
        (["--bot"], "--bot needs a value"),
        (["--bot="], "--bot needs a value"),
        (["--state-dir", ""], "--state-dir needs a value"),
        (["--check=yes"], "--check takes no value"),
        (["--now=1"], "--now takes no value"),
        (
            ["--health-url", "https://h/"],
            "--health-url https://h/ is not allowed; give http://host:port/health, auto or off"
        ),
        (["--health-url", ""], "--health-url needs a value"),
        (["--json"], "--json belongs to the command status: launcher status --json"),
        (["--demo"], "unknown argument --demo (the bot's arguments go after --)"),
        (["-x"], "unknown argument -x (the bot's arguments go after --)"),
        (["--bot", "b", "--bots=1"], "unknown argument --bots (the bot's arguments go after --); did you mean --bot?"),
        (["status", "now"], "unexpected argument now: a command takes flags only"),
        (["drill", "run.py"], "unexpected argument run.py: a command takes flags only"),
        (["statsu"], "unknown command statsu (the bot's arguments go after --); did you mean status?"),
        (["-stat-dir=s"], "unknown argument -stat-dir (the bot's arguments go after --); did you mean --state-dir?"),
    ])
    func refuses(arguments: [String], words: String) {
        let failure = #expect(throws: Options.UsageError.self) { try Options(arguments) }
        #expect(failure?.description == words)
    }
}
