import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveKit
@testable import KeepAliveLauncher

struct InitOptionsTests {
    @Test func everyOption() throws {
        let options = try InitOptions([
            "--bot", "./b", "--name=my-bot", "--require", "A,B", "--require", "C_1,A", "--dir", "/srv", "--", "--demo",
            "x",
        ])
        #expect(options.bot == "./b")
        #expect(options.name == "my-bot")
        #expect(options.required == ["A", "B", "C_1"])
        #expect(options.folder == "/srv")
        #expect(options.botArguments == ["--demo", "x"])
        #expect(try InitOptions(["-h"]).showsHelp)
        #expect(try InitOptions([]) == InitOptions(["--dir", "."]))
    }

    @Test(arguments: [
        (["--name", "../etc"], "--name ../etc cannot name a unit: give "), (["--name", "-x"], "--name -x cannot"),
        (["--name", "ä"], "--name ä cannot"), (["--require", "A-B"], "--require A-B is no variable: give "),
        (["--require", "1A"], "--require 1A is no variable"), (["bot"], "unknown argument bot"),
        (["--nmae", "x"], "unknown argument --nmae (the bot's arguments go after --); did you mean --name?"),
        (["--dir"], "--dir needs a value"),
    ])
    func wrongUsage(arguments: [String], words: String) {
        let error = #expect(throws: Options.UsageError.self) { try InitOptions(arguments) }
        #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
    }
}

struct InitNameTests {
    @Test(
        arguments: [
            (nil, "/x", "casino-bot"), ("./my-bot", "/x", "my-bot"), ("/opt/my.bot.py", "/x", "my-bot"),
            ("python3", "/srv/my bot", "my-bot"), ("/a/ü", "/x", "bot"), ("python3", "/", "bot"),
            ("/a/.hidden", "/x", "bot"),
            ("/a/" + String(repeating: "b", count: 101), "/x", String(repeating: "b", count: 100)),
        ] as [(String?, String, String)])
    func names(bot: String?, folder: String, name: String) {
        #expect(InitCommand.name(of: bot, in: folder) == name)
    }

    @Test(arguments: [("/a/./b//c/", "/a/b/c"), ("/", "/"), ("/./x", "/x")])
    func paths(path: String, clean: String) {
        #expect(InitCommand.clean(path) == clean)
    }
}

struct EnvironmentTemplateTests {
    /// The repository's example equals the output of `init`.
    @Test func theExampleIsTheTemplate() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let example = try String(contentsOf: root.appending(path: ".env.example"), encoding: .utf8)
        #expect(example == EnvironmentTemplate(isOwnBot: true).text)
    }

    @Test func itIsReadAsItStands() throws {
        func variables(_ template: EnvironmentTemplate) throws -> [String: String] {
            try EnvironmentFile.parse(Array(template.text.utf8), path: ".env")
        }
        #expect(try variables(EnvironmentTemplate(isOwnBot: true)) == ["BOT_TOKEN": "", "OWNER_USER_ID": ""])
        #expect(try variables(EnvironmentTemplate(isOwnBot: false)) == [:])
        #expect(try variables(EnvironmentTemplate(isOwnBot: false, required: ["A", "B"])) == ["A": "", "B": ""])
    }

    /// The values after `#` are the defaults.
    @Test func withoutTheHashesNothingChanges() throws {
        let lines = EnvironmentTemplate(isOwnBot: false).text.split(separator: "\n").map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        }
        let path = "restart_backoff.json"
        let variables = try EnvironmentFile.parse(Array(lines.joined(separator: "\n").utf8), path: ".env")
        #expect(variables.count > 15)
        var configuration = try Configuration(variables: variables)
        #expect(configuration.stateFile == path)
        configuration.stateFile = nil
        configuration.secrets = []
        #expect(configuration.watchdogThresholds == Configuration().watchdogThresholds)
        (configuration.watchdogInterval, configuration.watchdogStall, configuration.watchdogDisconnectGrace) = (
            nil, nil, nil
        )
        #expect(configuration == Configuration())
    }
}
