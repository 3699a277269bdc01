import Foundation

/// A port of 127.0.0.1 that refuses connections for as long as this object lives.
final class RefusingPort: Sendable {
    let number: UInt16
    private let descriptor: Int32

    init() throws {
        // Bound, so that no server of another test gets the port, but not listening.
        (descriptor, number) = try boundSocket()
    }

    deinit {
        close(descriptor)
    }

    /// The URL of a path on this port.
    func url(_ path: String = "/", scheme: String = "http") -> String {
        "\(scheme)://127.0.0.1:\(number)\(path)"
    }
}
