import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What runs on this machine and can be watched without being configured first.
struct LocalServices: Equatable {
    struct Bot: Equatable {
        let name: String
        let port: Int
    }

    var bots: [Bot] = []
    /// The names of the containers that run.
    var containers: [String] = []
    /// Why containers could not be looked for; nil where they were, or there is no engine.
    var engineTrouble: String?

    /// Where the Docker engine listens.
    static let engineSocket = "/var/run/docker.sock"

    /// The bots built on KeepAliveKit that answer on these ports of this machine.
    static func bots(on ports: ClosedRange<Int>) -> [Bot] {
        ports.compactMap { port in
            guard let url = HTTPURL("http://127.0.0.1:\(port)/"),
                let answer = try? HTTPGet(url, timeout: .seconds(2)).run(),
                let name = BotIdentity(json: answer.body)?.bot
            else { return nil }
            return Bot(name: String(name.prefix(60)), port: port)
        }
    }

    /// Asks the Docker engine which containers run.
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
            // A machine without Docker is no trouble.
            if case .system(let code)? = error.cause, Errno("connect", code: code).isNotFound { return }
            engineTrouble = "\(socket) cannot be used (\(error.reason))"
        } catch {
            engineTrouble = "\(socket) cannot be used (\(error))"
        }
    }

    /// Names as the engine's list has them, `/web`; `/web/db` is an alias by an old link. Pure.
    static func names(_ list: [JSONValue]) -> [String] {
        let names = list.compactMap { container in
            container["Names"]?.elements?.compactMap(\.text).map { $0.drop { $0 == "/" } }.first { !$0.contains("/") }
        }
        return names.map(String.init).filter(DockerProbe.isName).sorted().prefix(200).map { $0 }
    }
}
