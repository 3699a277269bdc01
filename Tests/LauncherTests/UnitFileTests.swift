import Testing

@testable import KeepAliveLauncher

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
