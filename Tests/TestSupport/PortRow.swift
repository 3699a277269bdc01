import Foundation
import Synchronization

/// Consecutive ports of 127.0.0.1 that no test gets twice.
///
/// Any program may get a free port that the system assigned, so another test may have it by the time of its use. These
/// ports are below the assigned range, and each is handed out once.
public enum PortRow {
    private static let next = Mutex(UInt16.random(in: 12_000...24_000))

    /// This many consecutive ports without a listener.
    public static func take(_ count: UInt16 = 1) throws -> [UInt16] {
        for _ in 0..<1000 {
            let first = next.withLock { next in
                defer { next = next > 31_000 ? 12_000 : next + count }
                return next
            }
            let row = (first..<first + count).map { $0 }
            if row.allSatisfy(isFree) { return row }
        }
        throw SystemFailure("bind", code: EADDRINUSE)
    }

    private static func isFree(_ port: UInt16) -> Bool {
        guard let descriptor = try? StreamSocket.make(family: AF_INET) else { return false }
        defer { close(descriptor) }
        StreamSocket.set(descriptor, level: SOL_SOCKET, option: SO_REUSEADDR, Int32(1))
        return unsafe StreamSocket.withLoopback(AF_INET, port: port) { unsafe bind(descriptor, $0, $1) == 0 }
    }

    /// One port without a listener.
    public static func one() throws -> UInt16 { try take()[0] }
}
