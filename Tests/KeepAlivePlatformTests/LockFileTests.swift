import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

struct LockFileTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("lock").path }

    init() throws { folder = try TemporaryDirectory() }

    @Test func onlyOneHasIt() throws {
        guard let lock = try LockFile(path: path) else { throw SystemFailure("no lock", code: 0) }
        #expect(try LockFile.isHeld(path: path))
        let isRefused = try LockFile(path: path) == nil
        #expect(isRefused)
        _ = consume lock
    }

    /// Nothing has run there yet; that is no error to report.
    @Test func whereThereIsNoFileNobodyHasIt() throws {
        #expect(try !LockFile.isHeld(path: path))
        let tooLong = folder.file(String(repeating: "x", count: 300)).path
        #expect(throws: Errno.self) { try LockFile.isHeld(path: tooLong) }
    }

    /// Two commands that ask at the same moment must not take each other for the launcher.
    @Test func whoAsksIsNoHolder() throws {
        try folder.write("", to: "lock")
        let other = try FileDescriptor.open(path, flags: O_RDONLY)
        let locked = flock(other.raw, LOCK_SH | LOCK_NB)
        #expect(locked == 0)
        #expect(try !LockFile.isHeld(path: path))
        _ = consume other
    }
}
