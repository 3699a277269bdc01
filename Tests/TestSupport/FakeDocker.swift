import Foundation

/// Answers on a Unix socket like the Docker engine: `answer` makes the response to each path.
public final class FakeDocker: Sendable {
    /// Its socket's path.
    public let path: String
    private let descriptor: Int32

    /// Listens at a path, which must be free.
    public init(at path: String, _ answer: @escaping @Sendable (String) -> (status: Int, body: String)) throws {
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8.prefix(100))) }
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, listen(descriptor, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        self.descriptor = descriptor
        Thread.detachNewThread {
            while true {
                let peer = accept(descriptor, nil, nil)
                guard peer >= 0 else { break }
                var request: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 4096)
                while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    let count = unsafe recv(peer, &chunk, chunk.count, 0)
                    if count <= 0 { break }
                    request += chunk[..<count]
                }
                let words = String(decoding: request, as: UTF8.self).split(separator: " ")
                let (status, body) = answer(words.count > 1 ? String(words[1]) : "")
                let head =
                    "HTTP/1.1 \(status) Status\r\nApi-Version: 1.43\r\nContent-Type: application/json\r\n"
                    + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                let bytes = Array((head + body).utf8)
                _ = unsafe bytes.withUnsafeBytes { unsafe send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                close(peer)
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
