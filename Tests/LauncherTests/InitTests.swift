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

struct UnitFileTests {
    private func line(_ unit: UnitFile, _ key: String) -> String? {
        unit.text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    @Test func plainWordsStandAsTheyAre() {
        let unit = UnitFile(
            name: "my-bot", launcher: "/usr/bin/launcher", bot: "/srv/x/my-bot", folder: "/srv/x", user: "me",
            required: ["A"], botArguments: ["--demo"])
        #expect(line(unit, "ExecStart") == "/usr/bin/launcher --bot /srv/x/my-bot --require A -- --demo")
        #expect(line(unit, "WorkingDirectory") == "/srv/x")
        #expect(line(unit, "User") == "me")
        #expect(line(unit, "StateDirectory") == "my-bot")
        #expect(line(UnitFile(name: "c", launcher: "/l", bot: nil, folder: "/", user: "0"), "ExecStart") == "/l")
    }

    @Test func otherWordsAreQuoted() {
        let unit = UnitFile(
            name: "b", launcher: "/my programs/launcher", bot: "/b", folder: "/my 100%", user: "me",
            botArguments: ["$HOME", "50%", "a\"b\\c", ";", ""])
        #expect(
            line(unit, "ExecStart")
                == #""/my programs/launcher" --bot /b -- "$$HOME" 50%% "a\"b\\c" ";" """#)
        #expect(line(unit, "WorkingDirectory") == "/my 100%%")
    }

    /// In Swift a combining mark makes one character with the sign before it; for systemd it does not.
    @Test func aCombiningMarkHidesNoSign() {
        let unit = UnitFile(
            name: "b", launcher: "/l", bot: nil, folder: "/a%\u{301}", user: "me",
            botArguments: ["a\"\u{301}b", "$\u{301}", "%\u{301}", "\\\u{301}"])
        #expect(
            line(unit, "ExecStart")
                == "/l -- \"a\\\"\u{301}b\" \"$$\u{301}\" \"%%\u{301}\" \"\\\\\u{301}\"")
        #expect(line(unit, "WorkingDirectory") == "/a%%\u{301}")
    }

    @Test func aDollarOfTheProgramIsLeftAlone() {
        let unit = UnitFile(name: "b", launcher: "/a$b/launcher", bot: "/a$b/bot", folder: "/", user: "me")
        #expect(line(unit, "ExecStart") == #""/a$b/launcher" --bot "/a$$b/bot""#)
    }

    @Test(
        arguments: [
            ("/srv/x", "/srv/x/bot", [], "yes"), ("/tmp/x", "/srv/x/bot", [], nil), ("/srv/x", "/var/tmp/bot", [], nil),
            ("/srv/x", "/srv/bot", ["/tmp/a.py"], nil), ("/tmp2", "/srv/bot", [], "yes"), ("/tmp", "/srv/bot", [], nil),
        ] as [(String, String, [String], String?)])
    func filesInTmpAreNotHidden(folder: String, bot: String, arguments: [String], value: String?) {
        let unit = UnitFile(
            name: "b", launcher: "/l", bot: bot, folder: folder, user: "me", botArguments: arguments)
        #expect(line(unit, "PrivateTmp") == value)
    }
}
