import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

/// Descriptors that the lease needs; Linux only.
@Suite struct LeaseDescriptorTests {
    @Test func `a boot timer fires at its time, and not while it is off`() throws {
        let timer = try BootTimer()
        timer.set(BootClock.now() + .seconds(3600))
        #expect(!Poller.isReadable(timer.raw))
        timer.set(BootClock.now() + .milliseconds(20))
        var poller = Poller()
        let entry = poller.add(timer.raw, read: true, write: false)
        try poller.wait(until: nil)
        #expect(poller.isReadable(entry))
        timer.clear()
        #expect(!Poller.isReadable(timer.raw))
        timer.set(.nanoseconds(1))
        #expect(Poller.isReadable(timer.raw))
        timer.set(nil)
        #expect(!Poller.isReadable(timer.raw))
        // Zero is a time that has passed, although it turns the system's timer off.
        for time in [Duration.zero, .seconds(-1)] {
            timer.set(time)
            #expect(Poller.isReadable(timer.raw), "\(time)")
            timer.set(nil)
        }
    }

    @Test func `packets stay whole, and a descriptor travels with one`() throws {
        let pair = try PacketSocket.pair()
        #expect(try Self.bytes(pair.second) == nil)
        let pipe = try FileDescriptor.pipe()
        try pair.first.send(Array("one".utf8), passing: pipe.write.raw)
        try pair.first.send(Array("two".utf8))
        guard let first = try pair.second.receive(limit: 100) else { throw SystemFailure("no packet", code: 0) }
        let text = first.bytes
        #expect(text == Array("one".utf8))
        guard let passed = first.takeDescriptor() else { throw SystemFailure("no descriptor", code: 0) }
        _ = try passed.write(Array("x".utf8).span)
        #expect(try pipe.read.readSome(10) == Array("x".utf8))
        guard let second = try pair.second.receive(limit: 100) else { throw SystemFailure("no packet", code: 0) }
        let other = second.bytes
        #expect(other == Array("two".utf8))
        let isAlone = second.takeDescriptor() == nil
        #expect(isAlone)
    }

    private static func bytes(_ socket: borrowing PacketSocket, limit: Int = 100) throws(Errno) -> [UInt8]? {
        guard let packet = try socket.receive(limit: limit) else { return nil }
        return packet.bytes
    }

    @Test func `a packet that is too long is an error, and a closed end is empty`() throws {
        let pair = try PacketSocket.pair()
        try pair.second.send([UInt8](repeating: 1, count: 50))
        #expect(throws: Errno.self) { _ = try Self.bytes(pair.first, limit: 10) }
        let first = pair.takeFirst()
        // A child that another test has just forked may still hold the closed end, until it runs its program.
        var poller = Poller()
        poller.add(first.raw, read: true, write: false)
        try poller.wait(until: .now().advanced(by: .seconds(60)))
        #expect(try Self.bytes(first) == [])
        #expect(throws: Errno.self) { try first.send([1]) }
    }

    /// The system reports that as a reset; it is the other end's end all the same.
    @Test func `an end that closes with unread packets is closed`() throws {
        let pair = try PacketSocket.pair()
        try pair.first.send([1])
        let first = pair.takeFirst()
        var poller = Poller()
        poller.add(first.raw, read: true, write: false)
        try poller.wait(until: .now().advanced(by: .seconds(60)))
        #expect(try Self.bytes(first) == [])
    }

    /// The system reports the reset once, and first.
    @Test func `what an end sent before it closed with unread packets still comes`() throws {
        let pair = try PacketSocket.pair()
        try pair.first.send([1])
        try pair.second.send([2])
        try pair.second.send([3])
        let first = pair.takeFirst()
        // A child that another test has just forked may still hold the closed end, until it runs its program.
        var poller = Poller()
        let entry = poller.add(first.raw, read: false, write: false)
        while !poller.isBroken(entry) { try poller.wait(until: .now().advanced(by: .seconds(60))) }
        for packet in [[2], [3], [], []] as [[UInt8]] { #expect(try Self.bytes(first) == packet) }
    }

    @Test func `a full socket refuses and never waits`() throws {
        let pair = try PacketSocket.pair()
        var refusal: Errno?
        for _ in 0..<100_000 where refusal == nil {
            do throws(Errno) { try pair.first.send([UInt8](repeating: 1, count: 1000)) } catch { refusal = error }
        }
        #expect(refusal?.isWouldBlock == true)
    }

    @Test func `a handle tells the end of its process, and signals it`() throws {
        let child = try Spawn.start(
            ["sleep", "1000"], environment: RawEnvironment.entries(for: RawEnvironment.variables), output: 1, errors: 2)
        let handle = try ProcessHandle(of: child)
        let hadEnded = handle.hasEnded
        #expect(!hadEnded)
        handle.signal(SIGKILL)
        var poller = Poller()
        poller.add(handle.raw, read: true, write: false)
        try poller.wait(until: nil)
        let hasEnded = handle.hasEnded
        #expect(hasEnded)
        Children.wait(for: child)
        handle.signal(SIGKILL)
    }

    @Test func `a shared deadline is sealed, of 8 bytes, and cannot be written by its reader`() throws {
        let source = try SharedDeadlineSource()
        #expect(fcntl(source.raw, 1024 + 10) == 7)
        #expect(fcntl(source.raw, F_GETFL) & O_ACCMODE == O_RDONLY)
        var bytes = [UInt8](repeating: 9, count: 16)
        #expect(unsafe pread(source.raw, &bytes, 16, 0) == 8)
        #expect(bytes.prefix(8).allSatisfy { $0 == 0 })
        source.set(.nanoseconds(0x0102_0304_0506_0708))
        _ = unsafe pread(source.raw, &bytes, 8, 0)
        #expect(Array(bytes.prefix(8)) == [8, 7, 6, 5, 4, 3, 2, 1])
        source.set(nil)
        _ = unsafe pread(source.raw, &bytes, 8, 0)
        #expect(bytes.prefix(8).allSatisfy { $0 == 0 })
        #expect(ftruncate(source.raw, 0) != 0)
        // A deadline that has long passed is one all the same: 0 would be none.
        for time in [Duration.zero, .seconds(-1)] {
            source.set(time)
            _ = unsafe pread(source.raw, &bytes, 8, 0)
            #expect(bytes.prefix(8).contains { $0 != 0 }, "\(time)")
        }
    }
}
