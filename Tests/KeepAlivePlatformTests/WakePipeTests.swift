import Testing

@testable import KeepAlivePlatform

struct WakePipeTests {
    @Test func wakesOnceForManyAndKeepsWhatHandlersWrote() throws {
        let pipe = try WakePipe()
        #expect(!Poller.isReadable(pipe.readEnd))
        // More than the pipe's capacity: no call waits for room.
        for _ in 0..<100_000 { pipe.wake() }
        #expect(Poller.isReadable(pipe.readEnd))
        while Poller.isReadable(pipe.readEnd) { #expect(pipe.drain() == []) }
        for signal in [SIGTERM, SIGHUP] {
            #expect(try FileDescriptor.write([UInt8(signal)].span, to: pipe.writeEnd) == 1)
            pipe.wake()
        }
        #expect(pipe.drain() == [UInt8(SIGTERM), UInt8(SIGHUP)])
        #expect(!Poller.isReadable(pipe.readEnd))
    }
}
