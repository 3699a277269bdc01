import Foundation
import Synchronization

/// Keeps new file descriptors away from child processes.
///
/// Not every system offers Swift the calls that create a close-on-exec descriptor in one step. A child started between
/// the two steps would inherit, for example, a listening socket, and block its port. So both steps, and each start of a
/// child, take one lock.
enum DescriptorGate {
    private static let lock = Mutex(())

    /// Makes descriptors with `body` and marks them close-on-exec before any child can start.
    static func open(_ call: String, _ body: () -> [Int32]) throws -> [Int32] {
        try lock.withLock { _ in
            let descriptors = body()
            guard !descriptors.contains(where: { $0 < 0 }) else { throw SystemFailure(call) }
            for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            return descriptors
        }
    }

    /// Runs `body`, which starts a child, while no descriptor is unmarked.
    static func spawn<Value>(_ body: () throws -> Value) rethrows -> Value {
        try lock.withLock { _ in try body() }
    }

    /// The reading and the writing end of a new pipe.
    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        let made = try open("pipe") { unsafe Foundation.pipe(&ends) == 0 ? ends : [-1] }
        return (made[0], made[1])
    }
}
