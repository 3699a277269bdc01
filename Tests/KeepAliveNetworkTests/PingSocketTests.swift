import KeepAlivePlatform
import Testing

@testable import KeepAliveNetwork

struct PingSocketTests {
    private static let mark = [UInt8](repeating: 7, count: 16)

    /// RFC 1071, section 3: these words sum up to ddf2.
    @Test func checksums() {
        #expect(PingSocket.checksum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]) == ~0xDDF2)
        #expect(PingSocket.checksum([0xFF]) == ~0xFF00)
        // A message with its checksum sums up to zero.
        #expect(PingSocket.checksum(PingSocket.request(1, isIPv6: false, mark: Self.mark)) == 0)
    }

    /// RFC 792: two bytes, the higher one first.
    @Test(arguments: [false, true]) func theSequenceHasTwoBytes(isIPv6: Bool) {
        let request = PingSocket.request(0x0102, isIPv6: isIPv6, mark: Self.mark)
        #expect(request[6..<8] == [1, 2])
        #expect(Array(request[8...]) == Self.mark)
    }

    @Test func replies() {
        let request = PingSocket.request(3, isIPv6: false, mark: Self.mark)
        // Linux puts its own number into the request, and the checksum differs.
        let reply: [UInt8] = [0, 0, 9, 9, 1, 2] + request.dropFirst(6)
        #expect(PingSocket.isReply(reply, to: request, isIPv6: false))
        let header: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 19)
        #expect(PingSocket.isReply(header + reply, to: request, isIPv6: false))
        #expect(!PingSocket.isReply(request, to: request, isIPv6: false))
        let others: [[UInt8]] = [
            [], [0], [0x4F], Array(reply.dropLast()),
            [0, 0, 9, 9, 1, 2] + PingSocket.request(4, isIPv6: false, mark: Self.mark).dropFirst(6),
        ]
        for other in others { #expect(!PingSocket.isReply(other, to: request, isIPv6: false), "\(other)") }
        let next = PingSocket.request(3, isIPv6: true, mark: Self.mark)
        #expect(request.starts(with: [8, 0]) && next.starts(with: [128, 0]))
        #expect(PingSocket.isReply([129, 0, 0, 0, 0, 0] + next.dropFirst(6), to: next, isIPv6: true))
        #expect(!PingSocket.isReply([0, 0, 0, 0, 0, 0] + next.dropFirst(6), to: next, isIPv6: true))
    }
}
