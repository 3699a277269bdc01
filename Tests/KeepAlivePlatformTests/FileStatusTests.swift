import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct FileStatusTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("x").path }

    init() throws { folder = try TemporaryDirectory() }

    @Test func sizeRightsAndTime() throws {
        try folder.write("12345", to: "x")
        try FileSystem.setRights(0o4640, of: path)
        let time = Date(timeIntervalSince1970: 1_768_838_847.25)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        let status = try FileStatus(of: path)
        #expect(status.size == 5 && status.isRegular && status.kind == nil)
        // A right to run as another user is one, too.
        #expect(status.rights == 0o4640)
        #expect(status.modified == WallTime(microseconds: 1_768_838_847_250_000))
        let file = try FileDescriptor.open(path, flags: O_RDONLY)
        let opened = try FileStatus(file)
        #expect(opened == status)
    }

    @Test func whatIsNoRegularFileHasAKind() throws {
        try NamedPipe.make(at: path)
        let socket = try DatagramSocket(receivingAt: folder.file("socket").path)
        for (path, kind) in [
            (path, "a named pipe"), (folder.path, "a folder"), ("/dev/null", "a device"),
            (folder.file("socket").path, "a socket"),
        ] {
            let status = try FileStatus(of: path)
            #expect(status.kind == kind && !status.isRegular)
        }
        _ = consume socket
    }

    /// A log that was moved away is the same file, and the new one in its place is another.
    @Test func aFileIsKnownUnderEachOfItsNames() throws {
        try folder.write("", to: "x")
        let file = try FileDescriptor.open(path, flags: O_RDONLY)
        let link = folder.file("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let before = try #require(FileIdentity(path: path))
        let opened = FileIdentity(descriptor: file.raw)
        #expect(FileIdentity(path: link) == before && opened == before)
        let moved = folder.file("moved").path
        try FileSystem.move(path, to: moved)
        #expect(FileIdentity(path: path) == nil && FileIdentity(path: link) == nil)
        try folder.write("", to: "x")
        #expect(FileIdentity(path: moved) == before && FileIdentity(path: path) != before)
        #expect(FileIdentity(descriptor: -1) == nil)
    }
}
