import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The services on this machine that need no configuration to be monitored.
struct LocalServices: Equatable {
    struct Bot: Equatable {
        let name: String
        let port: Int
    }

    var bots: [Bot] = []
    /// The names of the running containers.
    var containers: [String] = []
    /// Why the search for containers failed; nil after success, or without an engine.
    var engineTrouble: String?

    /// The Docker engine's socket.
    static let engineSocket = "/var/run/docker.sock"

    /// The KeepAliveKit bots that answer on these ports of this machine.
    static func bots(on ports: ClosedRange<Int>) -> [Bot] {
        ports.compactMap { port in
            guard let url = HTTPURL("http://127.0.0.1:\(port)/"),
                let answer = try? HTTPGet(url, timeout: .seconds(2)).run(),
                let name = BotIdentity(json: answer.body)?.bot
            else { return nil }
            return Bot(name: String(name.prefix(60)), port: port)
        }
    }

    /// Asks the Docker engine for its running containers.
    mutating func findContainers(at socket: String, with client: HTTPClient) async {
        let patience = Duration.seconds(5)
        var request = HTTPClientRequest(
            url: "http://localhost/containers/json", timeout: patience, connectTimeout: patience)
        request.unixSocketPath = socket
        do {
            let response = try await client.send(request)
            guard response.status == 200, let list = try? JSONValue(parsing: response.body).elements else {
                engineTrouble = "\(socket) answered \(response.status) without a list of containers"
                return
            }
            containers = Self.names(list)
        } catch let error as HTTPClientError {
            // A machine without Docker is normal.
            if case .system(let code)? = error.cause, Errno("connect", code: code).isNotFound { return }
            engineTrouble = "\(socket) cannot be used (\(error.reason))"
        } catch {
            engineTrouble = "\(socket) cannot be used (\(error))"
        }
    }

    /// Names as in the engine's list, `/web`; `/web/db` is the alias of an old link. Pure.
    static func names(_ list: [JSONValue]) -> [String] {
        let names = list.compactMap { container in
            container["Names"]?.elements?.compactMap(\.text).map { $0.drop { $0 == "/" } }.first { !$0.contains("/") }
        }
        return names.map(String.init).filter(DockerProbe.isName).sorted().prefix(200).map { $0 }
    }
}
