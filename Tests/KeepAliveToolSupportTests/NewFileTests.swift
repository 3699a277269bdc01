import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

struct NewFileTests {
    @Test func nothingIsOverwritten() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("x").path
        #expect(try NewFile.write("one", to: path, mode: 0o604) == .written)
        #expect(try NewFile.write("two", to: path, mode: 0o600) == .kept)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        #expect(FileSystem.mode(of: path).map { $0 & 0o777 } == 0o604)
    }

    @Test func aLinkIsNeitherFollowedNorReplaced() throws {
        let folder = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link").path, withDestinationPath: folder.file("target").path)
        #expect(try NewFile.write("x", to: folder.file("link").path, mode: 0o600) == .kept)
        #expect(!FileManager.default.fileExists(atPath: folder.file("target").path))
    }

    /// For a program a file size limit equals a full disk, and needs no rights.
    @Test func nothingIsLeftOfAFileThatCannotBeWrittenWhole() async {
        await #expect(processExitsWith: .success) {
            func limitFiles(_ size: rlim_t) {
                var limit = rlimit()
                #if canImport(Glibc)
                    let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
                #else
                    let kind = RLIMIT_FSIZE
                #endif
                unsafe getrlimit(kind, &limit)
                limit.rlim_cur = min(size, limit.rlim_max)
                unsafe setrlimit(kind, &limit)
            }
            let folder = try TemporaryDirectory()
            let path = folder.file("x").path
            signal(SIGXFSZ, SIG_IGN)
            limitFiles(1)
            let error = #expect(throws: Errno.self) { try NewFile.write("two", to: path, mode: 0o600) }
            limitFiles(.max)
            #expect(error?.code == EFBIG)
            #expect(FileSystem.names(in: folder.path) == [])
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() throws {
        let folder = try TemporaryDirectory()
        let error = #expect(throws: Errno.self) {
            try NewFile.write("x", to: folder.file("none/x").path, mode: 0o600)
        }
        #expect(error?.isNotFound == true)
    }
}
