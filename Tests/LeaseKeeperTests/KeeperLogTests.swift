import KeepAlivePlatform
import Testing

@testable import KeepAliveLeaseKeeper

struct KeeperLogTests {
    /// A launcher that is frozen reads nothing, and lease-keeper must not wait for it.
    @Test func linesThatFoundNoRoomAreCountedInTheNextOne() throws {
        let pipe = try FileDescriptor.pipe()
        let log = KeeperLog(to: pipe.write.raw)
        let page = [UInt8](repeating: 0, count: 4096)
        var full = 0
        while let count = try? pipe.write.write(page.span) { full += count }
        for number in 1...3 { log.write("line \(number)") }
        while full > 0 { full -= try pipe.read.readSome(64 * 1024)?.count ?? 0 }
        log.write("four")
        log.write("five")
        let text = String(decoding: try pipe.read.readSome(4096) ?? [], as: UTF8.self)
        #expect(text == "four (3 earlier lines are missing)\nfive\n")
    }
}
