import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthMonitor

struct OptionsTests {
    @Test(arguments: [
        ["-check-interval", "30"], ["--check-interval", "30"], ["-check-interval=30"], ["--check-interval=30"],
    ])
    func oneDashOrTwo(arguments: [String]) throws {
        #expect(try Options(arguments).variables == ["CHECK_INTERVAL": "30"])
    }

    @Test func everyFlagOfTheEarlierService() throws {
        let flags = [
            "discord-bot-url": "DISCORD_BOT_URL", "twitch-bot-url": "TWITCH_BOT_URL", "vllm-url": "VLLM_URL",
            "discord-token": "DISCORD_SECRET", "channel-id": "CHANNEL_ID", "user-id": "USER_ID",
            "check-interval": "CHECK_INTERVAL", "alert-interval": "ALERT_INTERVAL", "log-level": "LOG_LEVEL",
        ]
        for (flag, variable) in flags {
            #expect(try Options(["-" + flag, "x"]).variables == [variable: "x"])
        }
    }

    @Test(
        arguments: [
            (["--once"], .once), (["--check", "--json"], .once), (["--help"], .help), (["-h"], .help),
            (["-V"], .version), ([], .run),
            (["--example-config"], .exampleConfiguration),
            (["--config", "a", "--test-alert"], .testAlert),
        ] as [([String], Options.Command)])
    func commands(arguments: [String], command: Options.Command) throws {
        #expect(try Options(arguments).command == command)
    }

    @Test(arguments: [
        (["--nonsense"], "unknown argument --nonsense"),
        (["--discord-tokn=x"], "unknown argument --discord-tokn; did you mean --discord-token?"),
        (["-discord-tokn=x"], "unknown argument -discord-tokn; did you mean --discord-token?"),
        (["--jsno"], "unknown argument --jsno; did you mean --json?"), (["-x"], "unknown argument -x"),
        (["word"], "unknown argument word"), (["--config"], "--config needs a value"),
        (["--once=1"], "--once takes no value"),
        (["--json"], "--json, --alert and --restart go with --once (or --check)"),
        (["--alert"], "--json, --alert and --restart go with --once (or --check)"),
        (["--restart"], "--json, --alert and --restart go with --once (or --check)"),
        (["-channel-id"], "--channel-id needs a value"),
        (["--config", "f", "ack", "m"], "ack must be the first argument: health-monitor ack …"),
        (["--config", "f", "init"], "init must be the first argument: health-monitor init …"),
        (
            ["--once", "--json", "--check-config"],
            "--json, --alert and --restart go with --once (or --check) alone, not with another command"
        ),
    ])
    func refused(arguments: [String], words: String) {
        #expect(throws: Options.UsageError(description: words)) { try Options(arguments) }
    }
}
