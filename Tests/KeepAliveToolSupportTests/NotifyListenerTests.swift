import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveToolSupport

struct NotifyListenerTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("notify").path }

    init() throws { folder = try TemporaryDirectory() }

    @Test func takesAnEarlierOnesPlaceAndLeavesNothingBehind() throws {
        try folder.write("left behind", to: "notify")
        do {
            let listener = try NotifyListener(path: path)
            #expect(listener.address == path)
            let sender = try DatagramSocket(sendingTo: path)
            try sender.send("READY=1\nA=b")
            #expect(listener.drain() == [NotifyMessage("READY=1\nA=b")])
            #expect(listener.drain() == [])
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aDeletedSocketIsMadeAgain() throws {
        let listener = try NotifyListener(path: path)
        let earlier = try DatagramSocket(sendingTo: path)
        listener.restore()
        try earlier.send("A=b")
        #expect(listener.drain() == [NotifyMessage("A=b")], "an existing socket stays")
        try FileSystem.remove(path)
        listener.restore()
        try DatagramSocket(sendingTo: path).send("READY=1")
        #expect(listener.drain() == [NotifyMessage("READY=1")])
    }

    @Test func anothersSocketInItsPlaceStays() throws {
        let listener = try NotifyListener(path: path)
        let next = try NotifyListener(path: path)
        listener.remove()
        try DatagramSocket(sendingTo: path).send("READY=1")
        #expect(next.drain() == [NotifyMessage("READY=1")])
    }

    @Test func theSocketIsItsOwnersAlone() throws {
        let listener = try NotifyListener(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: listener.address)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// If the path is too long for a socket, the socket is in a private folder, which is removed with it.
    @Test func aPathThatIsTooLong() throws {
        let long = folder.file(String(repeating: "x", count: 150)).path
        var place = ""
        do {
            let listener = try NotifyListener(path: long)
            place = URL(filePath: listener.address).deletingLastPathComponent().path
            let mode = try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            try DatagramSocket(sendingTo: listener.address).send("READY=1")
            #expect(listener.drain() == [NotifyMessage("READY=1")])
            // In a folder of another owner it could be replaced.
            try FileSystem.remove(listener.address)
            listener.restore()
            #expect(!FileSystem.exists(listener.address))
        }
        #expect(!place.isEmpty && !FileManager.default.fileExists(atPath: place))
    }

    @Test func theLongestPathThatFitsIsKept() throws {
        let room = DatagramSocket.longestPath - folder.path.utf8.count - 1
        try #require(room > 0, "the folder for tests has too long a path")
        let path = folder.file(String(repeating: "x", count: room)).path
        let listener = try NotifyListener(path: path)
        #expect(listener.address == path)
        try DatagramSocket(sendingTo: path).send("READY=1")
        #expect(listener.drain() == [NotifyMessage("READY=1")])
    }

    @Test func aFolderInItsPlaceIsNamed() throws {
        try FileSystem.makeFolder(path)
        let failure = #expect(throws: Errno.self) { try NotifyListener(path: path) }
        #expect(failure?.message.contains("a folder is in the place of \(path)") == true)
    }

    @Test func messagesWakeWhoeverWaits() throws {
        let listener = try NotifyListener(path: path)
        #expect(!Poller.isReadable(listener.raw))
        try DatagramSocket(sendingTo: path).send("A=1")
        #expect(Poller.isReadable(listener.raw))
    }

    @Test func anEmptyMessageEndsNothing() throws {
        let listener = try NotifyListener(path: path)
        let sender = try DatagramSocket(sendingTo: path)
        for text in ["", "A=1"] { try sender.send(text) }
        #expect(listener.drain() == [NotifyMessage(""), NotifyMessage("A=1")])
    }

    @Test func aTalkativeProgramIsReadInTurns() throws {
        let listener = try NotifyListener(path: path)
        let sender = try DatagramSocket(sendingTo: path)
        var (sent, received, turns) = (0, [String](), 0)
        while sent < 350 {
            while sent < 350, (try? sender.send("N=\(sent)")) != nil { sent += 1 }
            let messages = listener.drain()
            received += messages.compactMap { $0["N"] }
            turns += 1
        }
        while received.count < 350, turns < 1000 {
            received += listener.drain().compactMap { $0["N"] }
            turns += 1
        }
        #expect(received == (0..<350).map(String.init))
    }

    @Test func aMessageWhoseEndIsLostIsNone() throws {
        let listener = try NotifyListener(path: path)
        let sender = try DatagramSocket(sendingTo: path)
        try sender.send("A=" + String(repeating: "é", count: 5000))
        #expect(listener.drain().first?["A"]?.utf8.count == 10_000)
        try sender.send("READY=1\nSTATUS=" + String(repeating: "x", count: 20_000))
        #expect(listener.drain() == [NotifyMessage("")])
    }
}
