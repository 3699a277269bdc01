import Foundation
import Synchronization

/// Keeps freshly made file descriptors away from child processes.
///
/// The calls that make a descriptor close-on-exec in one step are not to be had from Swift on every system. A child
/// started between the two steps would inherit, say, a listening socket, and hold its port for good. So both steps,
/// and each start of a child, go through one lock.
enum DescriptorGate {
    private static let lock = Mutex(())

    /// Makes descriptors with `body` and marks them close-on-exec before a child can be started.
    static func open(_ call: String, _ body: () -> [Int32]) throws -> [Int32] {
        try lock.withLock { _ in
            let descriptors = body()
            guard !descriptors.contains(where: { $0 < 0 }) else { throw SystemFailure(call) }
            for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            return descriptors
        }
    }

    /// Runs `body`, which starts a child, while no descriptor is half made.
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
