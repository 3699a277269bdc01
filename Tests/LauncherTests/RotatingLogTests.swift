import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct RotatingLogTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("log").path }

    init() throws { folder = try TemporaryDirectory() }

    private func text(_ name: String) -> String? {
        try? String(contentsOf: folder.file(name), encoding: .utf8)
    }

    private func bytes(_ line: String) -> [UInt8] { Array("\(line)\n".utf8) }

    @Test(arguments: [(9, nil), (10, nil), (11, "12345\n")] as [(Int, String?)])
    func rotatesWhenTheLimitWouldBePassed(total: Int, rotated: String?) {
        var log = RotatingLog(path: path, limit: 10)
        #expect(log.append(bytes("12345")) == nil)
        let second = String(repeating: "x", count: total - 7)
        #expect(log.append(bytes(second)) == nil)
        #expect(text("log.1") == rotated)
        #expect(text("log") == (rotated == nil ? "12345\n\(second)\n" : "\(second)\n"))
    }

    @Test func noLineIsLostOrSplitWithinTheParts() {
        var log = RotatingLog(path: path, limit: 100, parts: 90)
        let lines = (0..<300).map { "line \($0) \(String(repeating: "y", count: $0 % 17))" }
        for line in lines { #expect(log.append(bytes(line)) == nil) }
        let names = (1...90).reversed().map { "log.\($0)" } + ["log"]
        let parts = names.compactMap { text($0) }
        #expect(parts.count > 20)
        for part in parts {
            #expect(part.hasSuffix("\n"))
            #expect(part.utf8.count <= 100)
        }
        #expect(parts.joined() == lines.map { "\($0)\n" }.joined())
    }

    @Test func theOldestPartGoes() {
        var log = RotatingLog(path: path, limit: 4, parts: 5)
        for number in 0..<9 { #expect(log.append(bytes("no\(number)")) == nil) }
        #expect(text("log") == "no8\n")
        #expect((1...6).map { text("log.\($0)") } == ["no7\n", "no6\n", "no5\n", "no4\n", "no3\n", nil])
    }

    @Test func anEmptyFileIsNotRotated() throws {
        try folder.write("old\n", to: "log.1")
        var log = RotatingLog(path: path, limit: 4)
        #expect(log.append(bytes("longer")) == nil)
        #expect([text("log.2"), text("log.1"), text("log")] == [nil, "old\n", "longer\n"])
    }

    @Test func aLineLongerThanAPartIsStillOneLine() {
        var log = RotatingLog(path: path, limit: 10)
        let long = String(repeating: "z", count: 50)
        #expect(log.append(bytes("a")) == nil)
        #expect(log.append(bytes(long)) == nil)
        #expect(log.append(bytes("b")) == nil)
        #expect([text("log.2"), text("log.1"), text("log")] == ["a\n", "\(long)\n", "b\n"])
    }

    @Test(arguments: [(7, "old 123\nnew\n", nil), (10, "new\n", "old 123456\n")] as [(Int, String, String?)])
    func continuesAFileThatIsThere(length: Int, expected: String, rotated: String?) throws {
        let old = length == 7 ? "old 123\n" : "old 123456\n"
        try folder.write(old, to: "log")
        var log = RotatingLog(path: path, limit: length == 7 ? 20 : 10)
        #expect(log.append(bytes("new")) == nil)
        #expect(text("log") == expected)
        #expect(text("log.1") == rotated)
    }

    @Test func aFullFileThatIsThereIsRotated() throws {
        try folder.write("old 12345\n", to: "log")
        var log = RotatingLog(path: path, limit: 10)
        #expect(log.append(bytes("new")) == nil)
        #expect(text("log") == "new\n")
        #expect(text("log.1") == "old 12345\n")
    }

    @Test func othersCannotRead() throws {
        var log = RotatingLog(path: path)
        #expect(log.append(bytes("a")) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect((mode ?? 0o777) & 0o007 == 0)
    }

    /// logrotate(8) renames it, or a person removes it.
    @Test(arguments: [false, true])
    func aFileThatWasMovedIsOpenedAnew(isRemoved: Bool) throws {
        var log = RotatingLog(path: path)
        let start = MonotonicTime.now()
        #expect(log.append(bytes("one"), at: start) == nil)
        if isRemoved { try FileSystem.remove(path) } else { try FileSystem.move(path, to: path + ".old") }
        #expect(log.append(bytes("two"), at: start.advanced(by: .seconds(2))) == nil)
        #expect(text("log") == "two\n")
        #expect(text("log.old") == (isRemoved ? nil : "one\n"))
    }

    /// A second after the last look it looks again.
    @Test func aMovedFileIsLookedForOnceASecond() throws {
        var log = RotatingLog(path: path)
        let look = MonotonicTime.now().advanced(by: .seconds(100))
        #expect(log.append(bytes("one"), at: look) == nil)
        #expect(log.append(bytes("two"), at: look) == nil)
        try FileSystem.move(path, to: path + ".old")
        #expect(log.append(bytes("three"), at: look.advanced(by: .milliseconds(999))) == nil)
        #expect(text("log") == nil)
        #expect(log.append(bytes("four"), at: look.advanced(by: .seconds(1))) == nil)
        #expect(text("log") == "four\n")
        #expect(text("log.old") == "one\ntwo\nthree\n")
    }

    /// Another program's file at this path is not renamed.
    @Test func aFileOfSomebodyElseIsNotRotated() throws {
        var log = RotatingLog(path: path, limit: 10)
        let start = MonotonicTime.now()
        #expect(log.append(bytes("one"), at: start) == nil)
        try FileSystem.move(path, to: path + ".old")
        try folder.write("theirs\n", to: "log")
        #expect(log.append(bytes("two-two-two"), at: start) == nil)
        #expect(text("log.1") == nil)
        #expect(text("log") == "theirs\ntwo-two-two\n")
    }

    // MARK: Trouble

    @Test(arguments: ["pipe", "link", "folder"])
    func whatIsNoFileIsNeverWrittenTo(kind: String) throws {
        let target = try folder.write("theirs\n", to: "target").path
        switch kind {
        case "pipe": try NamedPipe.make(at: path)
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        default: try FileSystem.makeFolder(path)
        }
        var log = RotatingLog(path: path)
        guard case .began(let words) = log.append(bytes("one")) else {
            Issue.record("a \(kind) was taken for a log")
            return
        }
        let name = ["pipe": "a named pipe", "link": "a symbolic link", "folder": "a folder"][kind] ?? ""
        #expect(words == "\(path): \(name) is in the place of \(path); remove it")
        #expect(text("target") == "theirs\n")
    }

    @Test func aFullDiskIsToldOnce() {
        var log = RotatingLog(path: "/dev/full")
        #expect(log.append(bytes("one")) == .began("/dev/full: No space left on device"))
        #expect(log.append(bytes("two")) == nil)
        #expect(log.append(bytes("three")) == nil)
    }

    @Test func theEndOfTroubleIsToldOnceWithWhatWasLost() throws {
        let place = folder.file("missing")
        var log = RotatingLog(path: place.appendingPathComponent("log").path)
        guard case .began(let words) = log.append(bytes("one")) else {
            Issue.record("the missing folder was not told")
            return
        }
        #expect(words.hasSuffix("No such file or directory"))
        #expect(log.append(bytes("three")) == nil)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        #expect(log.append(bytes("four")) == .ended(lostBytes: 10))
        #expect(log.append(bytes("five")) == nil)
        #expect(text("missing/log") == "four\nfive\n")
    }

    @Test func whereRenamingFailsTheFileGrowsOn() throws {
        // A non-empty folder blocks the path: rename(2) fails with EISDIR, even for root.
        try FileManager.default.createDirectory(at: folder.file("log.1/full"), withIntermediateDirectories: true)
        var log = RotatingLog(path: path, limit: 4, parts: 1)
        for line in ["one", "two", "three"] { #expect(log.append(bytes(line)) == nil) }
        #expect(text("log") == "one\ntwo\nthree\n")
    }
}
