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

    /// Executable at once, and identical byte by byte.
    @Test func scripts() async throws {
        let folder = try TemporaryDirectory()
        let text = "100% \\n $HOME 'x' \\"
        let path = try await folder.writeScript("#!/bin/sh\ncat <<'END'\n\(text)\nEND\nexit 7\n")
        let (status, output) = try await ChildProcess.run(path)
        #expect(status == .exited(7))
        #expect(output == "\(text)\n")
        await #expect(throws: SystemFailure.self) { try await folder.writeScript("", to: "none/script") }
    }
}
