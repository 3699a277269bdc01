import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct InitCommandTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A line feed would begin another line of the unit, such as one that says whose rights the bot has.
    @Test(arguments: [
        ("a\nUser=root", false), ("\u{1F}", false), ("\u{7F}", false), ("a b", true), ("~", true), ("größe", true),
    ])
    func whatAUnitCannotHoldIsRefused(argument: String, isTaken: Bool) throws {
        let options = try InitOptions(["--dir", folder.path, "--bot", "/bin/sh", "--", argument])
        #expect(InitCommand(options: options).run() == (isTaken ? 0 : 1))
        #expect(FileSystem.names(in: folder.path)?.sorted() == (isTaken ? [".env", "sh.service"] : []))
    }
}
