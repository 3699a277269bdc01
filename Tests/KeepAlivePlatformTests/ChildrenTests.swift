import Foundation
import Testing

@testable import KeepAlivePlatform

#if os(Linux)
    struct ChildrenTests {
        /// A child's number stays its own from its end until it is reaped.
        @Test func aChildIsOneUntilItIsReaped() throws {
            let child = try Spawn.start(
                ["sleep", "1000"], environment: RawEnvironment.entries(for: RawEnvironment.variables), output: 1,
                errors: 2)
            #expect(Children.exist)
            #expect(Children.has(child))
            #expect(!Children.hasEnded(child))
            #expect(try Children.reap(child) == nil)
            let handle = try ProcessHandle(of: child)
            kill(child, SIGKILL)
            var poller = Poller()
            poller.add(handle.raw, read: true, write: false)
            try poller.wait(until: nil)
            #expect(Children.hasEnded(child))
            #expect(Children.has(child))
            #expect(try Children.reap(child) == Children.Ended(id: child, status: SIGKILL))
            #expect(!Children.has(child))
            #expect(Children.hasEnded(child), "there is nothing left to wait for")
            #expect(throws: Errno.self) { try Children.reap(child) }
        }
    }
#endif
