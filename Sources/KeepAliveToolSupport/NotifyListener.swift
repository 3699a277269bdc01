import KeepAliveKit
package import KeepAlivePlatform

/// The manager's end of sd_notify(3): the launcher's socket for its bot.
package final class NotifyListener {
    /// The value of the bot's `NOTIFY_SOCKET`.
    package let address: String
    private var socket: DatagramSocket
    private var file: FileIdentity?
    private let ownFolder: String?

    /// Creates the socket at a path and replaces an earlier launcher's socket. If the path is too long for a socket, it
    /// uses a new folder for its owner alone, because others could take a known name.
    package init(path: String) throws(Errno) {
        ownFolder = path.utf8.count > DatagramSocket.longestPath ? try Self.makeFolder() : nil
        address = ownFolder.map { "\($0)/notify.sock" } ?? path
        try? FileSystem.remove(address)
        do throws(Errno) {
            socket = try DatagramSocket(receivingAt: address)
        } catch {
            throw error.isAddressInUse ? Errno.notAFile(address) : error
        }
        file = FileIdentity(path: address)
    }

    deinit { remove() }

    /// Removes the socket, if it is still this one, and its own folder; exit(3) runs no deinit.
    package func remove() {
        if FileIdentity(path: address) == file { try? FileSystem.remove(address) }
        if let ownFolder { try? FileSystem.removeFolder(ownFolder) }
    }

    /// Makes a deleted socket again. The old one ends, so only while no bot uses it.
    package func restore() {
        // In a folder of another owner the socket could be replaced.
        guard ownFolder == nil, !FileSystem.exists(address), let made = try? DatagramSocket(receivingAt: address) else {
            return
        }
        socket = made
        file = FileIdentity(path: address)
    }

    private static func makeFolder() throws(Errno) -> String {
        let given = Settings.processEnvironment["TMPDIR"] ?? ""
        let parent = given.hasPrefix("/") && given.utf8.count < DatagramSocket.longestPath - 32 ? given : "/tmp"
        return try FileSystem.makeTemporaryFolder("\(parent)/keepalive-")
    }

    /// The descriptor to poll for messages.
    package var raw: Int32 { socket.raw }

    /// The messages since the last call.
    package func drain() -> [NotifyMessage] {
        var messages: [NotifyMessage] = []
        // Bounded, so that a program that sends without pause does not block the launcher.
        while messages.count < 100, let text = socket.receive() { messages.append(NotifyMessage(text)) }
        return messages
    }
}

/// One datagram of the sd_notify protocol: assignments, a line each.
package struct NotifyMessage: Equatable, Sendable {
    package private(set) var assignments: [(name: String, value: String)] = []

    /// A message with an inner zero byte is invalid; a final zero byte, a C string's, is ignored (as in systemd).
    package init(_ text: String) {
        var bytes = text.utf8[...]
        if bytes.last == 0 { bytes.removeLast() }
        guard !bytes.contains(0) else { return }
        // By bytes: Swift merges a carriage return and a line end into one character.
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            assignments.append(
                (
                    String(decoding: line[..<equals], as: UTF8.self),
                    String(decoding: line[line.index(after: equals)...], as: UTF8.self)
                ))
        }
    }

    /// The last value of a name.
    package subscript(name: String) -> String? {
        assignments.last { $0.name == name }?.value
    }

    package static func == (left: NotifyMessage, right: NotifyMessage) -> Bool {
        left.assignments.elementsEqual(right.assignments) { $0.name == $1.name && $0.value == $1.value }
    }
}
