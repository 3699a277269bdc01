import Foundation
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

    @Test func aTextThatMayNotWaitIsCutOff() throws {
        let pipe = try FileDescriptor.pipe()
        FileDescriptor.print(String(repeating: "x", count: 1_000_000), to: pipe.write.raw, mayWait: false)
        let part = try pipe.read.readSome(1_000_001)
        let count = try #require(part).count
        #expect(count > 0 && count < 1_000_001)
    }
}
