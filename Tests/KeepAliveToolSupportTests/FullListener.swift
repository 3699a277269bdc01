import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport

@testable import KeepAliveToolSupport

/// A port on 127.0.0.1 with a full queue: the system neither answers nor refuses further connections.
final class FullListener: Sendable {
    let port: UInt16
    private let listener: FileDescriptor
    private let waiting: [OpenSocket]

    init() throws {
        guard let address = try SocketAddress.resolve("127.0.0.1", port: 0).first else {
            throw SystemFailure("resolve")
        }
        listener = try Socket.listen(on: address, backlog: 0)
        port = try Socket.localPort(listener.raw)
        guard let target = try SocketAddress.resolve("127.0.0.1", port: port).first else {
            throw SystemFailure("resolve")
        }
        // A queue of length 0 takes one connection, on some systems a few; it is full once one has to wait.
        var waiting: [OpenSocket] = []
        repeat {
            waiting.append(OpenSocket(try Socket.connect(to: target)))
        } while waiting.count < 20 && Poller.isWritable(waiting[waiting.count - 1].descriptor.raw, within: 100)
        self.waiting = waiting
    }

    private final class OpenSocket: Sendable {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }
}
