import Foundation

/// A service manager's end of sd_notify(3): a datagram socket at a path, with every received line.
public final class ManagerSocket: Sendable {
    /// The value for `NOTIFY_SOCKET`.
    public let path: String
    /// Every assignment as received.
    public let assignments = EventLog<String>()
    private let descriptor: Int32
    // Its last owner removes it, with the socket in it.
    private let folder: TemporaryDirectory

    /// Listens in a folder.
    public init(in folder: TemporaryDirectory) throws {
        let path = folder.file("manager").path
        self.path = path
        self.folder = folder
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw SystemFailure("bind", code: ENAMETOOLONG) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        #if canImport(Glibc)
            let kind = Int32(SOCK_DGRAM.rawValue)
        #else
            let kind = SOCK_DGRAM
        #endif
        descriptor = try DescriptorGate.open("socket") { [socket(AF_UNIX, kind, 0)] }[0]
        let failed = unsafe StreamSocket.withSocketAddress(&address) { unsafe Foundation.bind(descriptor, $0, $1) != 0 }
        guard !failed else { throw SystemFailure("bind") }
        let (raw, assignments) = (descriptor, assignments)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            // After the shutdown of the socket nothing arrives.
            while case let count = unsafe recv(raw, &buffer, buffer.count, 0), count > 0 {
                for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n") {
                    assignments.append(String(line))
                }
            }
            close(raw)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Waits for the n-th assignment with this beginning.
    @discardableResult
    public func wait(for prefix: String, occurrence: Int = 1) async throws -> String {
        let assignments = assignments
        return try await SafetyTimeout.run(.seconds(60)) {
            try await assignments.first(occurrence: occurrence) { $0.hasPrefix(prefix) }
        } otherwise: {
            "no \(prefix) in \(assignments.elements)"
        }
    }
}
