import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

struct ProcessSamplerTests {
    @Test(.enabled(if: ProcFile.text("/proc/net/tcp") != nil, "there is no /proc"))
    func thisProcessByItsPort() throws {
        let address = try #require(try SocketAddress.resolve("127.0.0.1", port: 0).first)
        let listener = try Socket.listen(on: address)
        let port = try Socket.localPort(listener.raw)
        var sampler = ProcessSampler()
        let own = try #require(sampler.sample(port: port).first { $0.role == .bot })
        #expect(own.id == getpid())
        #expect(own.memory > 1 << 20)
        #expect(own.threads >= 1)
        #expect(try #require(own.descriptors) > 3)
        #expect(own.age >= 0 && own.age < 86_400)
        #expect(own.processor == nil, "one sample tells nothing")
        let begin = MonotonicTime.now()
        while MonotonicTime.now().since(begin) < .milliseconds(100) {}
        let again = try #require(sampler.sample(port: port).first { $0.role == .bot })
        #expect(try #require(again.processor) >= 0)
        sampler.forgetEnded()
    }

    /// A number may belong to another process by now, and a tick is a hundredth of a second.
    @Test(
        arguments: [
            (7, 300, 1000, 2.0), (7, 100, 1000, 0), (7, 101, 51, 0.01 / 0.051), (7, 200, 50, nil), (7, 99, 1000, nil),
            (8, 300, 1000, nil),
        ] as [(UInt64, UInt64, Int64, Double?)])
    func theShareOfAProcessor(start: UInt64, used: UInt64, milliseconds: Int64, share: Double?) {
        let begin = MonotonicTime(nanoseconds: 5)
        let earlier = ProcessSampler.Ticks(start: 7, used: 100, at: begin)
        let now = ProcessSampler.Ticks(start: start, used: used, at: begin.advanced(by: .milliseconds(milliseconds)))
        #expect(now.share(since: earlier, hertz: 100) == share)
    }

    @Test func aPortOfNobody() throws {
        var sampler = ProcessSampler()
        #expect(try sampler.sample(port: PortRow.one()).isEmpty)
    }

    @Test(.enabled(if: ProcFile.text("/proc/net/tcp") != nil, "there is no /proc"))
    func aChildOfOurs() async throws {
        let address = try #require(try SocketAddress.resolve("127.0.0.1", port: 0).first)
        let listener = try Socket.listen(on: address)
        let child = try ChildProcess(executable: "/bin/sh", arguments: ["-c", "echo on; exec sleep 1000"])
        try await child.waitForLine(containing: "on")
        var sampler = ProcessSampler()
        let samples = try sampler.sample(port: Socket.localPort(listener.raw))
        // Other tests start children too, more than are shown.
        #expect(
            samples.contains { $0.id == child.processID && $0.role == .child } || samples.count == ProcessSampler.most)
    }

    /// This line with another address or state.
    private static func line(_ address: String, state: String = "0A", inode: Int = 4242) -> String {
        "   0: \(address):1F41 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 \(inode) 1"
    }

    private static let lines: [(String, UInt16, UInt64?)] = [
        (line("0100007F"), 8001, 4242), (line("0100007F"), 8002, nil), (line("0100007F", state: "01"), 8001, nil),
        (line("00000000"), 8001, 4242), (line("0101A8C0"), 8001, nil),
        (line("00000000000000000000000001000000"), 8001, 4242), (line("0000000000000000FFFF00000100007F"), 8001, 4242),
        (line("00000000000000000000000000000000"), 8001, 4242), (line("B80D0120000000000000000001000000"), 8001, nil),
        // The socket of a program that has ended: nobody holds an inode of that number.
        (line("0100007F", inode: 0), 8001, nil), (line("0100007F", inode: 1), 8001, 1),
        ("", 8001, nil), ("x y z", 8001, nil),
    ]

    @Test(arguments: lines)
    func sockets(line: String, port: UInt16, inode: UInt64?) {
        #expect(ListeningSocket.inode(of: line[...], port: port) == inode)
    }
}
