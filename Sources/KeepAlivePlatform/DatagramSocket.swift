/// A Unix datagram socket for the sd_notify protocol. The address is a path, or on Linux a name in the abstract
/// namespace with a leading `@` (unix(7)).
package struct DatagramSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package var raw: Int32 { descriptor.raw }

    /// A socket that sends to an address.
    package init(sendingTo address: String) throws(Errno) {
        let descriptor = try Socket.make(family: AF_UNIX, isDatagram: true)
        let result = try unsafe Self.withAddress(address) { pointer, length in
            unsafe KeepAlivePlatform.connect(descriptor.raw, pointer, length)
        }
        guard result == 0 else { throw Errno.last("connect") }
        self.descriptor = descriptor
    }

    /// A socket that receives at an address. The address must be free. A path is its owner's alone, whatever the umask.
    package init(receivingAt address: String) throws(Errno) {
        let descriptor = try Socket.make(family: AF_UNIX, isDatagram: true)
        // Linux creates the file with the socket's mode, so others can never send to it.
        _ = fchmod(descriptor.raw, 0o600)
        let result = try unsafe Self.withAddress(address) { pointer, length in
            unsafe bind(descriptor.raw, pointer, length)
        }
        guard result == 0 else { throw Errno.last("bind") }
        // A umask removes bits, maybe even the owner's.
        if address.hasPrefix("/") { try? FileSystem.setRights(0o600, of: address) }
        self.descriptor = descriptor
    }

    /// The longest path that fits into an address, in bytes.
    package static var longestPath: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

    /// Sends one datagram; if the receiver cannot take it now, that is an error, never a wait.
    package func send(_ text: String) throws(Errno) {
        _ = try Socket.send(Array(text.utf8).span, to: descriptor.raw)
    }

    /// The next datagram; nil when there is none now. A datagram over 16 KiB reads as empty: it was cut, which could
    /// change a number at its end.
    package func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024 + 1)
        guard let count = try? Socket.receive(into: &buffer, from: descriptor.raw) else { return nil }
        return count < buffer.count ? String(decoding: buffer.prefix(count), as: UTF8.self) : ""
    }

    private static func withAddress(
        _ address: String, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws(Errno) -> Int32 {
        var storage = sockaddr_un()
        storage.sun_family = sa_family_t(AF_UNIX)
        var name = Array(address.utf8)
        let isAbstract = name.first == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: storage.sun_path)
        guard isAbstract ? name.count > 1 : name.first == UInt8(ascii: "/") else { throw .malformedAddress }
        guard name.count < capacity else { throw Errno("socket address", code: ENAMETOOLONG) }
        unsafe withUnsafeMutableBytes(of: &storage.sun_path) { unsafe $0.copyBytes(from: name) }
        // A path ends in a zero byte; an abstract name has exactly its own length.
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + name.count + (isAbstract ? 0 : 1))
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) { unsafe body($0.baseAddress, length) }
        }
    }
}
