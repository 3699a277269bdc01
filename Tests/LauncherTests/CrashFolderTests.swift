import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct CrashFolderTests {
    private let parent: TemporaryDirectory
    private let crashes: CrashFolder

    init() throws {
        parent = try TemporaryDirectory()
        crashes = CrashFolder(path: parent.file("crashes").path)
        crashes.prepare()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func onlyTheOwnerMayRead() throws {
        let path = try crashes.save("text", at: WallTime(microseconds: 0), processID: 7)
        #expect(try mode(crashes.path) == 0o700)
        #expect(try mode(path) == 0o600)
        #expect(path == "\(crashes.path)/crash-19700101T000000000000Z-7.txt")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "text")
    }

    @Test func theNewestTwentyStay() throws {
        try "mine".write(toFile: "\(crashes.path)/notes.txt", atomically: true, encoding: .utf8)
        var paths: [String] = []
        // Beyond the tenth second, where names without leading zeros would sort wrongly.
        for second in 0..<27 {
            let time = WallTime(microseconds: Int64(second) * 1_000_000)
            paths.append(try crashes.save("report \(second)", at: time, processID: Int32(99 - second)))
        }
        let kept = Set(FileSystem.names(in: crashes.path) ?? [])
        #expect(kept == Set(paths.suffix(20).map { String($0.dropFirst(crashes.path.count + 1)) } + ["notes.txt"]))
    }

    @Test func aBacktraceIsTakenOnce() throws {
        #expect(crashes.takeBacktrace() == nil)
        try "Crash at 0x1".write(toFile: crashes.backtracePath, atomically: true, encoding: .utf8)
        #expect(crashes.takeBacktrace() == "Crash at 0x1")
        #expect(crashes.takeBacktrace() == nil)
        #expect(FileSystem.names(in: crashes.path) == [])
    }

    /// The backtracer was killed before it wrote.
    @Test func anEmptyBacktraceIsNone() throws {
        try "".write(toFile: crashes.backtracePath, atomically: true, encoding: .utf8)
        #expect(crashes.takeBacktrace() == nil)
        #expect(FileSystem.names(in: crashes.path) == [])
    }

    /// It would lead the reports, and the removal of old ones, to another place.
    @Test func aLinkInItsPlaceIsReplaced() throws {
        let target = parent.file("target").path
        try FileSystem.makeFolder(target)
        let linked = CrashFolder(path: parent.file("linked").path)
        try FileManager.default.createSymbolicLink(atPath: linked.path, withDestinationPath: target)
        linked.prepare()
        #expect(!FileSystem.isLink(linked.path))
        let path = try linked.save("text", at: WallTime(microseconds: 0), processID: 7)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "text")
        #expect(FileSystem.names(in: target) == [])
    }

    @Test func aMissingFolderIsAnErrorAndNoTrap() {
        let missing = CrashFolder(path: parent.file("none").path)
        #expect(throws: Errno.self) { try missing.save("a", at: .now(), processID: 1) }
    }
}
