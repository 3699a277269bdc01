import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct StatusFileTests {
    private let folder: TemporaryDirectory
    private var file: StatusFile { StatusFile(path: folder.file("status").path) }

    init() throws { folder = try TemporaryDirectory() }

    @Test(arguments: [
        StatusFile.Status(launcher: 1),
        .init(launcher: 5, bot: 6, botStartTime: .max, healthURL: "http://localhost:8001/health?a=b"),
        .init(
            launcher: 5, bot: 6, botStartTime: 7, state: "waiting", since: 1, restarts: 2, nextStart: 3,
            reason: "the bot died: a=b"),
        .init(launcher: 5, state: "standby", reason: "x", lease: "a", epoch: 7, notify: "/n", handover: "R1 done x y"),
    ])
    func whatIsWrittenIsRead(status: StatusFile.Status) throws {
        try file.write(status)
        #expect(file.read() == status)
        #expect(FileSystem.names(in: folder.path) == ["status"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(
        arguments: [
            ("", nil),
            ("launcher=\n", nil),
            ("launcher=0\nbot=5\n", nil),
            ("launcher=-3\nbot=5\n", nil),
            ("launcher=99999999999\n", nil),
            ("bot=5\n", nil),
            ("\u{0}\u{1}garbage", nil),
            ("launcher=3", .init(launcher: 3)),
            // A negative process id would address a whole group, or every process (kill(2)).
            ("launcher=3\nbot=-1\nbot_start=x\n", .init(launcher: 3)),
            ("launcher=3\nrestarts=-1\nepoch=-2\nlease=a\n", .init(launcher: 3, lease: "a")),
            ("later=1\nlauncher=3\nbot=4\n", .init(launcher: 3, bot: 4)),
        ] as [(String, StatusFile.Status?)])
    func damage(text: String, expected: StatusFile.Status?) throws {
        try folder.write(text, to: "status")
        #expect(file.read() == expected)
    }

    @Test func aMissingFileIsNone() {
        #expect(file.read() == nil)
    }

    @Test func onlyTheVeryProcessIsTheBot() throws {
        let mine = try #require(ProcessFact.of(getpid())?.start)
        for (start, isBot) in [(mine, true), (mine + 1, false), (0, false)] {
            let status = StatusFile.Status(launcher: 1, bot: getpid(), botStartTime: start)
            #expect(status.isBot == isBot)
            try file.write(status)
            #expect(file.leftover == (isBot ? getpid() : nil))
        }
        #expect(!StatusFile.Status(launcher: 1, bot: 0, botStartTime: mine).isBot)
    }

    @Test func theStartTimeTellsProcessesApart() throws {
        let mine = try #require(ProcessFact.of(getpid())?.start)
        // A name that looks like the fields after it (proc(5)).
        let program = folder.file("a) R 1 2 (b")
        // A link, not a copy: a file that another test's child has open for writing cannot be executed.
        try FileManager.default.createSymbolicLink(atPath: program.path, withDestinationPath: "/bin/sleep")
        let child = try KeepAliveTestSupport.ChildProcess(executable: program.path, arguments: ["100"])
        defer { child.signal(SIGKILL) }
        let other = try #require(ProcessFact.of(child.processID)?.start)
        #expect(other >= mine)
        #expect(ProcessFact.of(child.processID)?.start == other)
        #expect(ProcessFact.of(Int32.max) == nil)
    }
}
