import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct PollerTests {
    @Test func eachEntryHasItsOwnAnswer() throws {
        let pipe = try FileDescriptor.pipe()
        var poller = Poller()
        let read = poller.add(pipe.read.raw, read: true, write: false)
        let write = poller.add(pipe.write.raw, read: false, write: true)
        #expect([read, write] == [0, 1])
        try poller.wait(until: .now())
        #expect(!poller.isReadable(read) && !poller.isWritable(read) && !poller.isBroken(read))
        #expect(poller.isWritable(write) && !poller.isReadable(write) && !poller.isBroken(write))
        _ = try pipe.write.write([1].span)
        try poller.wait(until: nil)
        #expect(poller.isReadable(read) && !poller.isBroken(read))
        for entry in [-1, 2] {
            #expect(!poller.isReadable(entry) && !poller.isWritable(entry) && !poller.isBroken(entry))
        }
        let bytes = try pipe.read.readSome(10)
        #expect(bytes == [1])
    }

    /// A loop lists its descriptors anew for each wait.
    @Test func anEmptiedSetBeginsAgain() throws {
        let pipe = try FileDescriptor.pipe()
        var poller = Poller()
        poller.add(pipe.write.raw, read: false, write: true)
        poller.removeAll()
        try poller.wait(until: .now())
        #expect(!poller.isWritable(0))
        let entry = poller.add(pipe.read.raw, read: true, write: false)
        #expect(entry == 0)
    }

    @Test func oneDescriptorAlone() throws {
        let pipe = try FileDescriptor.pipe()
        #expect(!Poller.isReadable(pipe.read.raw))
        #expect(Poller.isWritable(pipe.write.raw, within: 0))
        let page = [UInt8](repeating: 1, count: 4096)
        while (try? pipe.write.write(page.span)) != nil {}
        #expect(Poller.isReadable(pipe.read.raw))
        #expect(!Poller.isWritable(pipe.write.raw, within: 0))
    }
}
