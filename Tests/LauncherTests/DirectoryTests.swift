import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct DirectoryTests {
    @Test func makesWhatIsMissing() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("a/b//c/").path + "/"
        #expect(Directory.prepare(path))
        #expect(Directory.isFolder(path))
        #expect(Directory.prepare(path))
        #expect(Directory.names(in: folder.path) == ["a"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect((mode ?? 0o777) & 0o007 == 0)
    }

    @Test func whatCannotBe() throws {
        #expect(!Directory.prepare("/proc/nothing/here"))
        #expect(!Directory.isFolder("/dev/null"))
        #expect(Directory.freeBytes(in: "/nonexistent") == nil)
        #expect(Directory.names(in: "/nonexistent") == [])
    }

    @Test(arguments: [("a", "."), ("/a", "/"), ("/a/b", "/a"), ("a/b", "a"), ("./x", ".")])
    func parent(path: String, expected: String) {
        #expect(Directory.parent(of: path) == expected)
    }
}
