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

    @Test func aFileInTheWayOfAFolderIsFound() throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("", to: "file").path
        try FileSystem.setRights(0o755, of: file)
        for path in [file, "\(file)/a", "\(file)/a/b"] {
            #expect(!FileSystem.prepareFolder(path))
            #expect(FileSystem.obstacle(to: path) == file)
        }
        for path in [folder.path, "\(folder.path)/a/b", "/", "nothing"] {
            #expect(FileSystem.obstacle(to: path) == nil)
        }
    }

    @Test func whatWasMadeIsNamed() throws {
        let folder = try TemporaryDirectory()
        let (outer, inner) = (folder.file("a").path, folder.file("a/b").path)
        #expect(FileSystem.makeFolders(inner + "/") == [outer, inner])
        #expect(FileSystem.makeFolders(inner) == [])
        #expect(FileSystem.makeFolders("/dev/null/x") == [])
    }

    @Test func onlyAFileIsAWritableOne() throws {
        let folder = try TemporaryDirectory()
        #expect(try FileSystem.isWritableFile(folder.write("", to: "x").path))
        #expect(!FileSystem.isWritableFile(folder.path))
        #expect(!FileSystem.isWritableFile(folder.file("y").path))
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

    @Test func whatIsGoneNeedsNoRemoval() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("x").path
        try FileSystem.remove(path)
        #expect(throws: Errno.self) { try FileSystem.remove(folder.path) }
        try folder.write("", to: "x")
        #expect(FileSystem.exists(path))
        try FileSystem.remove(path)
        #expect(!FileSystem.exists(path))
    }

    /// A folder may be searched, and is no program.
    @Test func onlyAProgramIsExecutable() throws {
        let folder = try TemporaryDirectory()
        #expect(FileSystem.isExecutable("/bin/sh"))
        #expect(!FileSystem.isExecutable(folder.path))
        try folder.write("", to: "x")
        #expect(!FileSystem.isExecutable(folder.file("x").path))
    }

    /// readdir(3) fills buffers of 32 KiB, up to their last bytes: the address sanitizer sees a read beyond one.
    @Test func eachNameOfALargeFolderIsListed() throws {
        let folder = try TemporaryDirectory()
        let names = (0..<1500).map { "\($0)" + String(repeating: "x", count: $0 % 40) }
        for name in names { try folder.write("", to: name) }
        #expect(FileSystem.names(in: folder.path)?.sorted() == names.sorted())
    }

    @Test func aPathIsAbsoluteOrInTheWorkingFolder() throws {
        #expect(FileSystem.absolute("/a/b") == "/a/b")
        let folder = try #require(WorkingFolder.path)
        #expect(FileSystem.absolute("a/b") == "\(folder)/a/b")
    }

    @Test func aLinkHasATarget() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "x")
        let link = folder.file("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "x")
        #expect(FileSystem.link(link) == "x")
        #expect(FileSystem.isLink(link) && !FileSystem.isLink(folder.file("x").path))
        #expect(FileSystem.resolved(link) == FileSystem.resolved(folder.file("x").path))
        #expect(FileSystem.resolved(folder.file("y").path) == nil)
    }
}
