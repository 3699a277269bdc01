import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct EnvironmentFileTests {
    private func parse(_ text: String) throws -> [String: String] {
        try EnvironmentFile.parse(Array(text.utf8), path: ".env")
    }

    @Test(arguments: [
        ("A=1", "1"), ("export A=1", "1"), ("export\tA=1", "1"), ("  A = 1  ", "1"), ("A=", ""), ("A=''", ""),
        ("A=\"\"", ""), ("A=a b  c", "a b  c"), ("A=1 # one", "1"), ("A=1#2", "1#2"), ("A=#1", ""), ("A=1\t#2", "1"),
        ("A='a # b'", "a # b"), ("A=\"a # b\" # c", "a # b"), ("A='\\n\"$X'", "\\n\"$X"), ("A=\"a\\nb\"", "a\nb"),
        ("A=\"\\\"q\\\"\"", "\"q\""), ("A=\"\\\\\"", "\\"), ("A=a=b=c", "a=b=c"), ("A=it's", "it's"), ("A=1\r", "1"),
        ("\u{FEFF}A=1", "1"), ("A=é🙂", "é🙂"), ("A=1\nA=2", "2"), ("A=$HOME", "$HOME"), ("# c\n\n \t\nA=1\n", "1"),
        ("A='x'#c", "x"), ("A='x'\t", "x"), ("A=\"a\\tb\\rc\\$d\"", "a\tb\rc$d"), ("A='a\nb\n'", "a\nb\n"),
        ("A=\"a\r\nb\rc\" # d", "a\nb\nc"),
        // Combining scalars do not change where a value begins or ends.
        ("A='\u{301}x'", "\u{301}x"), ("A=1 #\u{FE0F}\u{20E3} one", "1"), ("#\u{FE0F} c\nA=1", "1"),
        ("A=\u{301}1", "\u{301}1"), ("A=a\u{301}#b", "a\u{301}#b"), ("# c\rA=1\r\r# d\r", "1"), ("A=1\r\n\r\n", "1"),
        ("A=\u{A0}1\u{A0}", "\u{A0}1\u{A0}"), ("export \t A=1", "1"), ("\tA\t=\t1\t", "1"),
    ])
    func values(text: String, value: String) throws {
        #expect(try parse(text) == ["A": value])
    }

    @Test func names() throws {
        #expect(try parse("_a1=x\nB_2=y\nexport=z") == ["_a1": "x", "B_2": "y", "export": "z"])
        #expect(try parse("").isEmpty)
        #expect(try parse("#A=1").isEmpty)
    }

    @Test func aNameWithTwoValuesIsReported() throws {
        var repeated: [String] = []
        let text = Array("A=1\nB=1\nA=2\nexport B='1'\n# A=3\nA=1\n".utf8)
        let variables = try EnvironmentFile.parse(text, path: ".env") { repeated.append($0) }
        #expect(variables == ["A": "1", "B": "1"])
        #expect(repeated == ["A", "A"])
    }

    static let secret = "s3cr3t"

    @Test(arguments: [
        "\(secret)", "1A=\(secret)", "A B=\(secret)", "=\(secret)", "A-B=\(secret)", "é=\(secret)", "export =\(secret)",
        "A='\(secret)", "A=\"\(secret)", "A='\(secret)'x", "A=\"\(secret)\" x", "A=\"\(secret)\\x\"",
        "A=\"\(secret)\\\n\"", "A=\"\(secret)\\", "A=\(secret)\0", "export \(secret)",
    ])
    func errorsNameFileAndLineAndNeverTheText(line: String) throws {
        let failure = try #require(throws: EnvironmentFile.Failure.self) { try parse("OK=1\n\n\(line)\nOK=2") }
        #expect(failure.path == ".env")
        #expect(failure.line == 3)
        #expect(failure.description.hasPrefix(".env line 3: "))
        #expect(!failure.description.contains(Self.secret))
    }

    /// The reported line is where the value began.
    @Test(arguments: ["'", "\""])
    func valuesThatSpanLines(quote: String) throws {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIE+/==\n-----END PRIVATE KEY-----\n"
        let text = "KEY=\(quote)\(key)\(quote) # end\nexport B=2\n"
        #expect(try parse(text) == ["KEY": key, "B": "2"])
        let open = try #require(throws: EnvironmentFile.Failure.self) { try parse("A=1\nKEY=\(quote)\(key)") }
        #expect(open.description == ".env line 2: the quote \(quote) is not closed")
        let later = try #require(throws: EnvironmentFile.Failure.self) { try parse(text + "C") }
        #expect(later.line == 6)
        let tail = try #require(throws: EnvironmentFile.Failure.self) { try parse("\(text)C=\(quote)a\nb\(quote)c") }
        #expect(tail.line == 6)
    }

    @Test(arguments: ["a.b", "MY-KEY", "1A", "a.b-c"])
    func namesThatAreNoneAreShown(name: String) throws {
        let failure = try #require(throws: EnvironmentFile.Failure.self) { try parse("\(name)=\(Self.secret)") }
        #expect(
            failure.description
                == ".env line 1: the name \"\(name)\" before \"=\" may hold letters, digits and _ only, and starts with no digit"
        )
    }

    /// A longer one may be a secret.
    @Test(arguments: [(64, true), (65, false)]) func aNameOf64BytesIsShown(count: Int, isShown: Bool) throws {
        let name = String(repeating: "a", count: count - 1) + "-"
        let failure = try #require(throws: EnvironmentFile.Failure.self) { try parse("\(name)=x") }
        #expect(failure.description.contains(name) == isShown)
    }

    @Test func namesAreLettersDigitsAndUnderscores() throws {
        let allowed = Set("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        // Blanks end a name, and line ends and "=" are no part of it.
        for byte in UInt8(0x21)...0xFF where byte != UInt8(ascii: "=") {
            let second = try? EnvironmentFile.parse(Array("a".utf8) + [byte] + Array("=1".utf8), path: "x")
            #expect((second != nil) == allowed.contains(byte), "\(byte)")
            // A comment.
            if byte == UInt8(ascii: "#") { continue }
            let first = try? EnvironmentFile.parse([byte] + Array("=1".utf8), path: "x")
            #expect((first != nil) == (allowed.contains(byte) && !(0x30...0x39).contains(byte)), "\(byte)")
        }
    }

    @Test func commentsMayHoldAnyBytes() throws {
        #expect(
            try EnvironmentFile.parse(Array("# caf".utf8) + [0xE9, 0x0A] + Array("A=1".utf8), path: "x") == ["A": "1"])
    }

    @Test func bytesThatAreNoText() throws {
        let failure = try #require(throws: EnvironmentFile.Failure.self) {
            try EnvironmentFile.parse(Array("A=1\nB=".utf8) + [0xFF], path: "x")
        }
        #expect(failure == .init(path: "x", line: 2, reason: "not UTF-8 text"))
    }

    @Test func readsAFile() throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("A=1\nB='two'\n", to: ".env").path
        #expect(try EnvironmentFile.read(file) == ["A": "1", "B": "two"])
        #expect(try EnvironmentFile.read(folder.file("none").path) == nil)
    }

    /// As PowerShell's `>` writes it.
    @Test(arguments: [[0xFF, 0xFE, 0x41, 0, 0x3D, 0], [0xFE, 0xFF, 0, 0x41, 0, 0x3D]] as [[UInt8]])
    func aFileInUTF16IsCalledThat(bytes: [UInt8]) throws {
        let failure = try #require(throws: EnvironmentFile.Failure.self) {
            try EnvironmentFile.parse(bytes, path: ".env")
        }
        #expect(failure.description == ".env: the file is UTF-16, not UTF-8: save it as UTF-8")
    }

    @Test func whatIsNoFileIsAnError() throws {
        let folder = try TemporaryDirectory()
        let failure = try #require(throws: EnvironmentFile.Failure.self) { try EnvironmentFile.read(folder.path) }
        #expect(
            failure.description == "\(folder.path): it is a folder: put a file of KEY=value lines in its place")
        let link = folder.file("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "link")
        let looped = try #require(throws: EnvironmentFile.Failure.self) { try EnvironmentFile.read(link) }
        #expect(looped.reason.hasSuffix("): check the path"))
        let pipe = folder.file("pipe").path
        try NamedPipe.make(at: pipe)
        let unwritten = try #require(throws: EnvironmentFile.Failure.self) { try EnvironmentFile.read(pipe) }
        #expect(unwritten.description.hasPrefix("\(pipe): it is a pipe that nobody writes: "))
    }

    @Test func aMebibyteIsTheMost() throws {
        let folder = try TemporaryDirectory()
        let start = "A="
        let full = start + String(repeating: "x", count: 1 << 20 - start.utf8.count)
        #expect(try EnvironmentFile.read(folder.write(full, to: "full").path)?["A"]?.utf8.count == 1 << 20 - 2)
        let failure = try #require(throws: EnvironmentFile.Failure.self) {
            try EnvironmentFile.read(folder.write(full + "x", to: "over").path)
        }
        #expect(failure.reason == "it is larger than 1 MiB: keep only variables in it")
    }

    #if !os(macOS)
        /// In its own process, because the limit applies to the whole process.
        @Test func aFileThatCannotBeReadForWantOfDescriptorsIsNoWrongConfiguration() async {
            await #expect(processExitsWith: .exitCode(71)) {
                // A file that exists on every test machine.
                let file = "/etc/passwd"
                var limit = rlimit(rlim_cur: 0, rlim_max: 0)
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                do throws(KeepAliveError) {
                    try Settings(environmentFile: file).check()
                } catch {
                    exit(error.exitCode)
                }
                exit(0)
            }
        }
    #endif
}
