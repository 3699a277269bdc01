import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct ExecutableTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func trouble(_ bytes: [UInt8], name: String = "bot") throws -> String? {
        let file = folder.file(name)
        try Data(bytes).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return Executable(path: file.path).trouble
    }

    private func trouble(_ text: String, name: String = "bot") throws -> String? {
        try trouble(Array(text.utf8), name: name)
    }

    @Test(arguments: [
        "#!/bin/sh\n", "#! /bin/sh -e\nx", "#!/bin/sh", "#!/usr/bin/env sh\n", "#!/usr/bin/env -S A=1 sh -e\n",
        "#!/usr/bin/env -i sh\n",
    ])
    func scripts(text: String) throws {
        #expect(try trouble(text) == nil)
    }

    /// What follows is not the program's name, or it is found elsewhere.
    @Test(arguments: [
        "-S -i sh", "-S -u A sh", "-S A=1 -v sh", "-S \"sh\" -e", "-S 's\\_h'", "-S ${SHELL}",
        "-S PATH=/opt/none no-such-program-anywhere", "-S A=1 PATH=/opt/none no-such-program-anywhere",
    ])
    func whatEnvMayFindIsNotMissing(words: String) throws {
        #expect(try trouble("#!/usr/bin/env \(words)\n") == nil)
    }

    @Test(arguments: ["no-such-program-anywhere -e", "-S no-such-program-anywhere", "-S A=1 no-such-program-anywhere"])
    func whatEnvCannotFindIsNamed(words: String) throws {
        let found = try trouble("#!/usr/bin/env \(words)\n")
        #expect(found?.contains("its interpreter no-such-program-anywhere is not in PATH") == true, "\(found ?? "")")
    }

    @Test(arguments: [
        ("#!/bin/sh\r\nexit\r\n", "CR LF"), ("#!/usr/bin/env python3\r\n", "CR LF"),
        ("#!/opt/venv/bin/python9\n", "its interpreter /opt/venv/bin/python9 does not exist"),
        ("#!/usr/bin/env python9-none\n", "its interpreter python9-none is not in PATH"),
        ("#!/etc/passwd\n", "its interpreter /etc/passwd cannot be executed"), ("#!/etc\n", "cannot be executed"),
        ("#!\n", "names no interpreter"), ("#!  ", "names no interpreter"),
    ])
    func scriptsThatCannotRun(text: String, words: String) throws {
        let found = try #require(try trouble(text))
        #expect(found.hasPrefix("the bot \(folder.file("bot").path) cannot be executed: "))
        #expect(found.contains(words), "\(found)")
    }

    @Test func aFolder() {
        let found = Executable(path: folder.path).trouble
        #expect(found == "the bot \(folder.path) is a folder: name the program in it with --bot")
    }

    /// The kernel follows it, and so does the finding.
    @Test func anInterpreterThatIsAScript() throws {
        #expect(try trouble("#!/opt/none/sh\n", name: "inner") != nil)
        let found = try trouble("#!\(folder.file("inner").path)\n")
        #expect(found?.contains("its interpreter /opt/none/sh does not exist") == true)
        #expect(try trouble("#!/bin/sh\n", name: "inner") == nil)
        #expect(try trouble("#!\(folder.file("inner").path)\n") == nil)
    }

    /// Beyond that the kernel gives up, whatever the next one holds.
    @Test(arguments: [(4, true), (5, false)])
    func interpretersAreFollowedAsFarAsByTheKernel(count: Int, isFound: Bool) throws {
        #expect(try trouble("#!/bin/sh\r\n", name: "s\(count)") != nil)
        for number in (1..<count).reversed() {
            _ = try trouble("#!\(folder.file("s\(number + 1)").path)\n", name: "s\(number)")
        }
        let found = try trouble("#!\(folder.file("s1").path)\n")
        #expect((found?.contains("CR LF") == true) == isFound)
    }

    @Test func aScriptThatIsItsOwnInterpreterIsNotFollowedAgainAndAgain() throws {
        #expect(try trouble("#!/bin/sh\n") == nil)
        #expect(try trouble("#!\(folder.file("bot").path)\n") == nil)
    }

    /// The shorter of the two kinds of heads has 52 bytes.
    @Test func theShortestHead() {
        #expect(ELFHead([UInt8](repeating: 0, count: 52)) != nil)
        #expect(ELFHead([UInt8](repeating: 0, count: 51)) == nil)
    }

    #if os(Linux)
        /// If the system runs foreign programs too (binfmt_misc), nothing is certain.
        private static var isPlain: Bool { (FileSystem.names(in: "/proc/sys/fs/binfmt_misc") ?? []).count <= 2 }

        @Test(.enabled(if: isPlain))
        func whatIsNoProgram() throws {
            #expect(try trouble("echo hi\n")?.contains("begin a script with #!") == true)
            #expect(try trouble("MZ\u{0}")?.contains("neither a program for this system") == true)
        }

        @Test func byteOrderMarks() throws {
            #expect(try trouble("\u{FEFF}#!/bin/sh\n")?.contains("byte order mark") == true)
            #expect(try trouble([0xFF, 0xFE, 0x23, 0, 0x21, 0])?.contains("byte order mark") == true)
            #expect(try trouble("")?.contains("it is empty") == true)
        }

        private func ownHead() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "/proc/self/exe"))) }

        @Test func programs() throws {
            #expect(Executable(path: "/proc/self/exe").trouble == nil)
            var head = Array(try ownHead().prefix(8192))
            #expect(try trouble(head) == nil)
            if Self.isPlain {
                head[18] = 0xFE
                head[19] = 0xCA
                #expect(try trouble(head)?.contains("another kind of machine") == true)
            }
        }

        @Test func aPartOfAProgramAndAMissingLoader() throws {
            var head = Array(try ownHead().prefix(8192))
            let place = try #require(head.firstRange(of: Array("/ld-".utf8)))
            head[place.lowerBound + 1] = UInt8(ascii: "x")
            #expect(try trouble(head)?.contains("does not exist; it was linked for another system") == true)
            head[16] = 1
            #expect(try trouble(head)?.contains("an object file or library") == true)
            // Truncated at any place, nothing traps.
            for count in [4, 20, 51, 52, 64, 100, 200] { _ = try trouble(Array(head.prefix(count))) }
        }
    #endif

    @Test func aFolderEarlierInPathIsNoProgram() throws {
        #expect(LauncherSettings.resolve("no-such-program-anywhere") == "no-such-program-anywhere")
        let words = Executable(path: "no-such-program-anywhere").trouble
        #expect(words?.hasPrefix("the bot no-such-program-anywhere is in no folder of PATH (") == true)
    }
}
