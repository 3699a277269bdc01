import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

@Suite(.timeLimit(.minutes(1)))
struct FileDescriptorTests {
    /// As standard output of a program whose parent has made its pipe non-blocking.
    @Test func aTextIsPrintedWholeThoughThePipeIsFull() throws {
        let pipe = try FileDescriptor.pipe()
        let raw = pipe.write.raw
        let text = String(repeating: "x", count: 1_000_000)
        Thread.detachNewThread { FileDescriptor.print(text, to: raw) }
        var bytes: [UInt8] = []
        while bytes.last != UInt8(ascii: "\n") {
            var end = Poller()
            end.add(pipe.read.raw, read: true, write: false)
            try end.wait(until: .now().advanced(by: .seconds(60)))
            let part = try pipe.read.readSome(65_536)
            bytes += try #require(part)
        }
        #expect(bytes.count == 1_000_001)
    }

    /// A log may go to /dev/null, and a ledger may not.
    @Test func aDeviceIsTakenOnlyWhereItIsAllowed() throws {
        #expect(throws: Errno.self) { _ = try FileDescriptor.openOwn("/dev/null", flags: O_RDONLY) }
        let device = try FileDescriptor.openOwn("/dev/null", flags: O_RDONLY, takesDevices: true)
        let bytes = try device.readAll(limit: 1)
        #expect(bytes.isEmpty)
        let folder = try TemporaryDirectory()
        let path = folder.file("pipe").path
        try NamedPipe.make(at: path)
        #expect(throws: Errno.self) { _ = try FileDescriptor.openOwn(path, flags: O_RDONLY, takesDevices: true) }
    }

    @Test func aTextThatMayNotWaitIsCutOff() throws {
        let pipe = try FileDescriptor.pipe()
        FileDescriptor.print(String(repeating: "x", count: 1_000_000), to: pipe.write.raw, mayWait: false)
        let part = try pipe.read.readSome(1_000_001)
        let count = try #require(part).count
        #expect(count > 0 && count < 1_000_001)
    }

    /// A file may end before what is asked, and what was read before does not count.
    @Test func aPartOfAFileIsReadAndWrittenAtItsPlace() throws {
        let folder = try TemporaryDirectory()
        try folder.write("0123456789", to: "x")
        let file = try FileDescriptor.open(folder.file("x").path, flags: O_RDWR)
        #expect(try file.readSome(3) == Array("012".utf8))
        try file.writeAll(Array("ab".utf8), at: 4)
        #expect(try file.read(at: 2, count: 4) == Array("23ab".utf8))
        #expect(try file.read(at: 8, count: 4) == Array("89".utf8))
        #expect(try file.read(at: 10, count: 4) == [])
        #expect(try file.readSome(3) == Array("3ab".utf8))
        try file.writeAll(Array("c".utf8), at: 11)
        #expect(try file.read(at: 9, count: 100) == [0x39, 0, 0x63])
    }

    /// As a shell's `<(command)` that takes its time. A pipe holds less than the text, so its writer has to wait too.
    @Test func aPipeIsReadToItsEndThoughItsWriterIsSlow() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("pipe").path
        try NamedPipe.make(at: path)
        let writer = try #require(FileHandle(forUpdatingAtPath: path))
        Thread.detachNewThread {
            try? writer.write(contentsOf: Data(repeating: 0x78, count: 1 << 20))
            try? writer.close()
        }
        let bytes = try FileDescriptor.contents(of: path, limit: 2 << 20)
        #expect(bytes.count == 1 << 20)
    }

    @Test func aPipeThatNobodyWritesIsNoEmptyFile() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("pipe").path
        try NamedPipe.make(at: path)
        #expect(throws: Errno.unwritten) { try FileDescriptor.contents(of: path, limit: 1, patience: .zero) }
        let empty = try folder.write("", to: "empty").path
        #expect(try FileDescriptor.contents(of: empty, limit: 1, patience: .zero).isEmpty)
    }
}
