import KeepAlivePlatform

@testable import KeepAliveKit

/// A manager's socket that may be named within an expectation, which a value that cannot be copied may not.
final class NotifySocket {
    private let socket: DatagramSocket

    init(_ address: String) throws {
        socket = try DatagramSocket(receivingAt: address)
    }

    func receive() -> String? { socket.receive() }
}
