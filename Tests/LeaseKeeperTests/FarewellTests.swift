import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLeaseKeeper

@Suite(.timeLimit(.minutes(1)))
struct FarewellTests {
    /// The lease-keeper of the next launcher waits for the end of this one.
    @Test func aReleaseThatNobodyTakesIsGivenUpInTime() async throws {
        let address = try PostgreSQLAddress("postgres://user@127.0.0.1:\(PortRow.one())/x")
        try await BlockingWork.run {
            let pipe = try FileDescriptor.pipe()
            let end = BootClock.now() + .milliseconds(100)
            Farewell.release("SELECT 1", at: address, by: end, KeeperLog(to: pipe.write.raw))
            #expect(BootClock.now() >= end)
            let text = String(decoding: try pipe.read.readSome(4096) ?? [], as: UTF8.self)
            #expect(text.hasPrefix("warning: the lease was not released: "), "\(text)")
            #expect(text.contains("refused") && text.hasSuffix("; standbys wait until it runs out\n"), "\(text)")
        }
    }
}
