import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct FileSystemTests {
    @Test func makesWhatIsMissing() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("a/b//c/").path + "/"
        #expect(FileSystem.prepareFolder(path))
        #expect(FileSystem.isFolder(path))
        #expect(FileSystem.prepareFolder(path))
        #expect(FileSystem.names(in: folder.path) == ["a"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect((mode ?? 0o777) & 0o007 == 0)
    }

    /// Slashes make no further folder.
    @Test(arguments: ["a/b", "a/b/", "a//b//"])
    func theFolderIsItsOwnersAlone(name: String) throws {
        let folder = try TemporaryDirectory()
        #expect(FileSystem.prepareFolder("\(folder.path)/\(name)"))
        #expect(FileSystem.mode(of: folder.file("a/b").path).map { $0 & 0o777 } == 0o700)
        #expect(FileSystem.mode(of: folder.file("a").path).map { $0 & 0o027 } == 0)
    }

    @Test func whatCannotBe() throws {
        #expect(!FileSystem.prepareFolder("/proc/nothing/here"))
        #expect(!FileSystem.isFolder("/dev/null"))
        #expect(FileSystem.freeBytes(in: "/nonexistent") == nil)
        #expect(FileSystem.names(in: "/nonexistent") == nil)
    }

    /// Where the limit would cut a line, a log must begin another file.
    @Test func aFileHasTheRoomThatItsLimitLeaves() async {
        await #expect(processExitsWith: .success) {
            var before = rlimit()
            #if canImport(Glibc)
                let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            #else
                let kind = RLIMIT_FSIZE
            #endif
            unsafe getrlimit(kind, &before)
            var little = before
            little.rlim_cur = 4096
            unsafe setrlimit(kind, &little)
            let rooms = [0, 4000, 4096, 5000].map { FileSystem.room(behind: $0) }
            unsafe setrlimit(kind, &before)
            #expect(rooms == [4096, 96, 0, 0])
        }
    }

    @Test(arguments: [("a", "."), ("/a", "/"), ("/a/b", "/a"), ("a/b", "a"), ("./x", ".")])
    func parent(path: String, expected: String) {
        #expect(FileSystem.parent(of: path) == expected)
    }
}
