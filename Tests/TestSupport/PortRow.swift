import Foundation
import Synchronization

/// Neighbouring ports of 127.0.0.1 that no test gets twice.
///
/// A port that the system deals out is anybody's as soon as it is free: another test of this process may have it by the
/// time it is used. These lie below those that are dealt out, and each is given out once.
public enum PortRow {
    private static let next = Mutex(UInt16.random(in: 12_000...24_000))

    /// So many ports in a row on which nobody listens.
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

    /// One port on which nobody listens.
    public static func one() throws -> UInt16 { try take()[0] }
}
