import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

struct AtomicFileTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("file").path }

    init() throws { folder = try TemporaryDirectory() }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? [] }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test(arguments: [true, false])
    func replacesTheFileAndLeavesNothingElse(flushes: Bool) throws {
        try AtomicFile.write(Array("one".utf8), to: path, flushes: flushes)
        try AtomicFile.write(Array("two".utf8), to: path, flushes: flushes)
        try AtomicFile.flush(path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "two")
        #expect(names == ["file"])
        #expect(try mode(path) == 0o600)
        try AtomicFile.write([], to: path, mode: 0o644)
        #expect(try mode(path) == 0o644)
    }

    /// No usual umask leaves others the right to write.
    @Test func theModeIsWhatWasAskedWhateverTheUmask() throws {
        try AtomicFile.write([], to: path, mode: 0o666)
        #expect(try mode(path) == 0o666)
    }

    /// How many bytes the removal of a file takes back before they went to the disk; nil if the system does not count.
    private func bytesNotOnDisk(flushes: Bool) throws -> Int? {
        func cancelled() -> Int? {
            let text = try? String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
            return text?.firstMatch(of: /cancelled_write_bytes: ([0-9]+)/).flatMap { Int($0.1) }
        }
        try AtomicFile.write(Array("one".utf8), to: path, flushes: flushes)
        guard let before = cancelled() else { return nil }
        try FileSystem.remove(path)
        return cancelled().map { $0 - before }
    }

    @Test func aFlushedFileIsOnTheDisk() throws {
        // A file system in memory has nothing to flush.
        guard let unflushed = try bytesNotOnDisk(flushes: false), unflushed > 0 else { return }
        #expect(try bytesNotOnDisk(flushes: true) == 0)
    }

    /// A ledger may be cleared before it was flushed.
    @Test func whatIsGoneNeedsNoFlush() throws {
        try AtomicFile.flush(path)
        try FileSystem.makeFolder(path)
        #expect(throws: Errno.self) { try AtomicFile.flush(path) }
    }

    /// The link is replaced; its target is not touched.
    @Test func nothingIsWrittenThroughALink() throws {
        try folder.write("theirs", to: "target")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("target").path)
        try AtomicFile.write(Array("ours".utf8), to: path)
        #expect(try String(contentsOf: folder.file("target"), encoding: .utf8) == "theirs")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "ours")
    }

    @Test func aFolderInItsPlaceIsAnError() throws {
        try FileSystem.makeFolder(path)
        #expect(throws: Errno.self) { try AtomicFile.write([1], to: path) }
        #expect(names == ["file"])
        #expect(throws: Errno.self) { try AtomicFile.write([1], to: folder.file("none/file").path) }
    }

    @Test(arguments: ["pipe", "folder", "link"])
    func whatIsNoFileIsNeitherReadNorWaitedFor(kind: String) throws {
        switch kind {
        case "pipe": try NamedPipe.make(at: path)
        case "folder": try FileSystem.makeFolder(path)
        default: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
        }
        let failure = #expect(throws: Errno.self) {
            let file = try FileDescriptor.openOwn(path, flags: O_RDONLY)
            _ = try file.readAll(limit: 1)
        }
        #expect(failure?.message.hasSuffix(" is in the place of \(path); remove it") == true)
    }

    @Test func aLockIsAFileOfItsOwn() throws {
        try NamedPipe.make(at: path)
        let failure = #expect(throws: Errno.self) { _ = try LockFile(path: path) }
        #expect(failure?.message == "a named pipe is in the place of \(path); remove it")
        let other = folder.file("other").path
        _ = try LockFile(path: other)
        #expect(try mode(other) == 0o600)
    }
}
