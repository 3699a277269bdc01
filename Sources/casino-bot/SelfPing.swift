import KeepAliveCurl
import KeepAliveKit

/// Calls the bot's own `/ping` from outside, so that a free host does not put the bot to sleep without traffic.
struct SelfPing: Sendable {
    let url: String
    let interval: Duration
    let client: HTTPClient
    let log: Log

    /// Pings until cancelled. A failure is logged and counted; it does not affect the bot's health.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval, clock: .suspending)
                let response = try await client.send(HTTPClientRequest(url: "\(url)/ping", timeout: .seconds(30)))
                guard (200..<300).contains(response.status) else { throw Refused(status: response.status) }
                log(.debug, "self ping succeeded")
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                log(.warning, "self ping failed (\(failures) so far): \(error)")
            }
        }
    }

    private struct Refused: Error, CustomStringConvertible {
        let status: Int
        var description: String { "status \(status)" }
    }
}
