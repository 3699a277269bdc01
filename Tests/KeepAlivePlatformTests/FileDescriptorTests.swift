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
}
