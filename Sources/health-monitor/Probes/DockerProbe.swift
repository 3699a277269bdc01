import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Asks the Docker engine for a container's state: type `docker`.
///
/// - `container`: its name or id.
/// - `socket` (/var/run/docker.sock): the engine's socket. While it does not answer, the state is unknown.
/// - `maxRestarts` (5): degraded if the engine has restarted it more often.
struct DockerProbe: Probe {
    static let type = "docker"

    private let container: String
    private let socket: String
    private let maxRestarts: Int

    init(reading section: ConfigurationSection) {
        container = section.string("container")
        socket = section.string("socket", default: "/var/run/docker.sock")
        maxRestarts = section.integer("maxRestarts", in: 0...1_000_000, default: 5)
        if !container.isEmpty, !Self.isName(container) {
            section.refuse("container", "\"\(container.prefix(60))\" is not a container's name or id")
        }
        if !socket.hasPrefix("/") { section.refuse("socket", "give the absolute path of a Unix socket") }
    }

    /// The characters that the engine allows; none needs an escape in a path.
    static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.\-]*/) != nil }

    var isLocal: Bool { true }
    var address: String { "container \(container)" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        var request = HTTPClientRequest(
            url: "http://localhost/containers/\(container)/json", timeout: timeout, connectTimeout: timeout)
        request.unixSocketPath = socket
        do {
            let response = try await tools.client.send(request)
            var result = DockerState.verdict(response.status, response.body, maxRestarts: maxRestarts)
            result.responseTime = response.elapsed
            return result
        } catch let error as HTTPClientError {
            if error.shortage != nil { return .failed(error, timeout: timeout) }
            switch error.cause {
            case .system(let code)? where Errno("connect", code: code).isNotFound:
                return ProbeResult(status: .unknown, message: "no Docker engine: \(socket) does not exist")
            case .system(let code)? where Errno("connect", code: code).isDenied:
                return ProbeResult(
                    status: .unknown,
                    message: "the monitor has no permission for \(socket); add its user to the group docker")
            default:
                // Containers may run on without their engine, as with its live restore.
                return ProbeResult(status: .unknown, message: "the Docker engine does not answer: \(error.reason)")
            }
        } catch {
            var result = ProbeResult.failed(error, timeout: timeout)
            result.status = .unknown
            return result
        }
    }
}
