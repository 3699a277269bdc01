import KeepAliveKit
package import KeepAlivePlatform

/// The manager's end of sd_notify(3): the socket that a launcher gives its bot.
package final class NotifyListener {
    /// What the bot's `NOTIFY_SOCKET` has to be.
    package let address: String
    private let socket: DatagramSocket
    private let ownFolder: String?

    /// Makes the socket at a path; one that an earlier launcher left there is replaced. A path that is too long for a socket
    /// stays without one: it is then in a new folder that is its owner's alone, as a name that others know could be taken by them.
    package init(path: String) throws(Errno) {
        ownFolder = path.utf8.count > DatagramSocket.longestPath ? try Self.makeFolder() : nil
        address = ownFolder.map { "\($0)/notify.sock" } ?? path
        try? FileSystem.remove(address)
        do throws(Errno) {
            socket = try DatagramSocket(receivingAt: address)
        } catch {
            throw error.isAddressInUse ? Errno.notAFile(address) : error
        }
    }

    deinit {
        try? FileSystem.remove(address)
        if let ownFolder { try? FileSystem.removeFolder(ownFolder) }
    }

    private static func makeFolder() throws(Errno) -> String {
        let given = Settings.processEnvironment["TMPDIR"] ?? ""
        let parent = given.hasPrefix("/") && given.utf8.count < DatagramSocket.longestPath - 32 ? given : "/tmp"
        return try FileSystem.makeTemporaryFolder("\(parent)/keepalive-")
    }

    /// Where to wait for messages.
    package var raw: Int32 { socket.raw }

    /// The messages that have come since the last call.
    package func drain() -> [NotifyMessage] {
        var messages: [NotifyMessage] = []
        // Bounded, so that a program that never stops talking does not keep the launcher from its other duties.
        while messages.count < 100, let text = socket.receive() { messages.append(NotifyMessage(text)) }
        return messages
    }
}

/// One datagram of the sd_notify protocol: assignments, a line each.
package struct NotifyMessage: Equatable, Sendable {
    package private(set) var assignments: [(name: String, value: String)] = []

    /// A message with a zero byte in it is none; one at its end is a C string's, and passed over (as systemd has it).
    package init(_ text: String) {
        var bytes = text.utf8[...]
        if bytes.last == 0 { bytes.removeLast() }
        guard !bytes.contains(0) else { return }
        // By bytes: a line end behind a carriage return is no character of its own to Swift.
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            assignments.append(
                (
                    String(decoding: line[..<equals], as: UTF8.self),
                    String(decoding: line[line.index(after: equals)...], as: UTF8.self)
                ))
        }
    }

    /// The last value that a name was given.
    package subscript(name: String) -> String? {
        assignments.last { $0.name == name }?.value
    }

    package static func == (left: NotifyMessage, right: NotifyMessage) -> Bool {
        left.assignments.elementsEqual(right.assignments) { $0.name == $1.name && $0.value == $1.value }
    }
}
