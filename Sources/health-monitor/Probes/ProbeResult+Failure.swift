import HTTPClient
import KeepAliveKit

extension ProbeResult {
    /// What an error of the network comes to.
    ///
    /// - Parameter timeout: what the probe was given: being cancelled means that it has passed.
    static func failed(_ error: any Error, timeout: Duration) -> ProbeResult {
        switch error {
        case let error as HTTPClientError: ProbeResult(status: .unhealthy, message: error.reason)
        case is CancellationError: ProbeResult(status: .unhealthy, message: Self.late(timeout))
        default: ProbeResult(status: .unhealthy, message: "it could not be asked")
        }
    }

    static func late(_ timeout: Duration) -> String { "no answer came within \(timeout.inWords)" }
}

extension String {
    /// Text of a peer's, made fit for one line of a message.
    func line(limit: Int = 300) -> String {
        var line = ""
        for scalar in unicodeScalars.prefix(limit) {
            line.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Whether a host is this machine itself.
func isLoopback(host: String) -> Bool {
    let isAddress = host.contains(":") && !host.hasPrefix("[")
    return (try? Endpoint(url: "http://\(isAddress ? "[\(host)]" : host)/"))?.isLoopback ?? false
}
