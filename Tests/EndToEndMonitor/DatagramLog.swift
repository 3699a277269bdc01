import Foundation
import KeepAliveTestSupport

/// A datagram socket at a path, and every line that was sent to it: a service manager's end of sd_notify(3).
final class DatagramLog: Sendable {
    private let lines = EventLog<String>()
    private let descriptor: Int32
    private let taken = EventLog<String>()

    init(path: String) throws {
        let raw = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        descriptor = raw
        guard raw >= 0 else { throw SystemFailure("socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw SystemFailure("bind", code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.bind(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SystemFailure("bind") }
        let lines = lines
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(raw, &buffer, buffer.count, 0)
                // The end: the socket was shut down.
                guard count > 0 else { break }
                let text = String(decoding: buffer.prefix(count), as: UTF8.self)
                for line in text.split(separator: "\n") { lines.append(String(line)) }
            }
            close(raw)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Returns once a line that begins like this has come, which no earlier call has taken.
    func wait(for prefix: String) async throws {
        let lines = lines
        let known = taken.elements.filter { $0 == prefix }.count
        taken.append(prefix)
        try await SafetyTimeout.run(.seconds(60)) {
            var index = 0
            var seen = 0
            while true {
                if try await lines.element(at: index).hasPrefix(prefix) { seen += 1 }
                if seen > known { return }
                index += 1
            }
        } otherwise: {
            "no \(prefix) in \(lines.elements)"
        }
    }
}
