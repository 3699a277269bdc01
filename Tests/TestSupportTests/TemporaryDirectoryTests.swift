import Foundation
import KeepAliveTestSupport
import Testing

struct TemporaryDirectoryTests {
    @Test func livesAsLongAsTheObject() throws {
        var folder: TemporaryDirectory? = try TemporaryDirectory()
        let path = try #require(folder?.path)
        try folder?.write("x", to: "file")
        #expect(FileManager.default.fileExists(atPath: path + "/file"))
        folder = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
