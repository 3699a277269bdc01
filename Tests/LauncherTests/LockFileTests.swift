import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct LockFileTests {
    @Test func oneHolderAtATime() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("lock").path
        do {
            let first = try LockFile(path: path)
            #expect(try !isFree(path))
            _ = consume first
        }
        #expect(try isFree(path))
    }

    private func isFree(_ path: String) throws -> Bool {
        switch try LockFile(path: path) {
        case .some: true
        case .none: false
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        let failure = #expect(throws: Errno.self) { _ = try LockFile(path: "/nonexistent/lock") }
        #expect(failure?.isNotFound == true)
    }
}
