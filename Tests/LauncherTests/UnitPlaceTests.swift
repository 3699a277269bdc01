import Testing

@testable import KeepAliveLauncher

struct UnitPlaceTests {
    @Test(arguments: [
        ("bot", true), ("Bot_2-x", true), ("", false), ("-bot", false), ("b.t", false), ("b/t", false), ("bät", false),
        (String(repeating: "b", count: 200), true), (String(repeating: "b", count: 201), false),
    ])
    func names(text: String, isName: Bool) {
        #expect(UnitFile.isName(text) == isName)
    }

    /// A /tmp of its own would hide the bot's files there.
    @Test(arguments: [
        ("/srv/bot", true), ("/tmpfiles/bot", true), ("/srv/tmp", true), ("/tmp", false), ("/tmp/bot", false),
        ("/var/tmp/bot", false),
    ])
    func aFolderOfItsOwnForPassingFiles(folder: String, isPrivate: Bool) {
        let unit = UnitFile(name: "b", launcher: "/usr/bin/launcher", bot: nil, folder: folder, user: "me")
        #expect(unit.text.contains("\nPrivateTmp=yes\n") == isPrivate)
    }
}
