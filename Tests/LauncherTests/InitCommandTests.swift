import Foundation
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

    /// A line may lack fields, or have empty ones.
    @Test(
        arguments: [
            (1000, "bot"), (7, "open"), (0, "root"), (4, nil), (5, nil),
        ] as [(UInt32, String?)])
    func aUserIsNamedByItsNumber(number: UInt32, name: String?) {
        let text = "root:x:0:4:5:/root:/bin/sh\n\n# 5\nhalf:5\nopen::7:4::/:\nbot:x:1000:5::/srv:\nlater:x:1000:5::/:\n"
        #expect(InitCommand.user(number, in: Array(text.utf8)) == name)
    }

    @Test(arguments: ["bot ", "bot\\"])
    func aFolderThatAUnitCannotNameIsRefused(name: String) throws {
        let path = "\(folder.path)/\(name)"
        try FileSystem.makeFolder(path)
        let options = try InitOptions(["--dir", path, "--bot", "/bin/sh"])
        #expect(InitCommand(options: options).run() == 1)
        #expect(FileSystem.names(in: path) == [])
    }

    /// Secrets are for the owner of the folder, whose rights the bot gets; everybody may read the unit.
    @Test func theFilesAreTheOwners() throws {
        let options = try InitOptions(["--dir", folder.path, "--bot", "/bin/sh", "--require", "MY_TOKEN"])
        #expect(InitCommand(options: options).run() == 0)
        func attributes(_ name: String) throws -> [FileAttributeKey: Any] {
            try FileManager.default.attributesOfItem(atPath: folder.file(name).path)
        }
        #expect(try attributes(".env")[.posixPermissions] as? Int == 0o600)
        #expect(try attributes("sh.service")[.posixPermissions] as? Int == 0o644)
        let owner = try #require(try attributes(".env")[.ownerAccountName] as? String)
        let unit = try String(contentsOf: folder.file("sh.service"), encoding: .utf8)
        #expect(unit.contains("\nUser=\(owner)\n"), "\(unit)")
        #expect(try String(contentsOf: folder.file(".env"), encoding: .utf8).contains("\nMY_TOKEN=\n"))
        // Nothing is left to write.
        #expect(InitCommand(options: options).run() == 1)
    }
}
