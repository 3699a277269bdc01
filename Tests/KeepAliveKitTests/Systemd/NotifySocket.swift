import KeepAlivePlatform

@testable import KeepAliveKit

/// A manager's socket for use within an expectation, which does not allow noncopyable values.
final class NotifySocket {
    private let socket: DatagramSocket

    init(_ address: String) throws {
        socket = try DatagramSocket(receivingAt: address)
    }

    func receive() -> String? { socket.receive() }
}
