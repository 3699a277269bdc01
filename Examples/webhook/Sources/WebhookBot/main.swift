import Foundation
import KeepAliveKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A stand-in for your web framework, on 127.0.0.1: it answers 200.
final class WebhookServer: Sendable {
    private let listener = socket(AF_INET, 1 /* SOCK_STREAM */, 0)

    init(port: UInt16) throws {
        var (yes, address) = (Int32(1), sockaddr_in())
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafeBytes(of: &address) {
            bind(listener, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard bound == 0, listen(listener, 64) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
    deinit { close(listener) }

    /// The calls, until the task that reads them is cancelled.
    var calls: AsyncStream<String> {
        AsyncStream { stream in
            stream.onTermination = { _ in shutdown(self.listener, 2 /* SHUT_RDWR */) }
            Thread.detachNewThread {
                while case let caller = accept(self.listener, nil, nil), caller >= 0 {
                    var (text, bytes) = ("", [UInt8](repeating: 0, count: 65536))
                    while case let count = read(caller, &bytes, bytes.count), count > 0 {
                        text += String(decoding: bytes.prefix(count), as: UTF8.self)
                        let length = text.firstMatch(of: /(?i)content-length: *(\d+)/).flatMap { Int($0.1) } ?? 0
                        guard let head = text.range(of: "\r\n\r\n") else { continue }
                        if text[head.upperBound...].utf8.count >= length { break }
                    }
                    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    _ = answer.withCString { write(caller, $0, strlen($0)) }
                    close(caller)
                    if text.hasPrefix("POST ") { stream.yield(text) }
                }
                stream.finish()
            }
        }
    }
}

await KeepAlive.main {
    var configuration = try Configuration.fromEnvironment()
    configuration.unhealthyAfter = .never  // a quiet night is no outage: nobody has to call
    let keepAlive = try KeepAlive(name: "Webhook Bot", version: "1.0", configuration: configuration)
    let port = ProcessInfo.processInfo.environment["WEBHOOK_PORT"].flatMap(UInt16.init) ?? 8443
    keepAlive.check("webhook", critical: true, every: .seconds(15)) {
        guard let url = URL(string: "http://127.0.0.1:\(port)/") else { throw URLError(.badURL) }
        _ = try await URLSession.shared.data(from: url)
    }
    try await keepAlive.run { health in
        for await call in try WebhookServer(port: port).calls { try await health.attempt { print("called:", call) } }
    }
}
