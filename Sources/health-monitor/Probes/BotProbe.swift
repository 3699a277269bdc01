import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Asks a bot built on the kit for its health, on its actual port: type `bot`.
///
/// - `url`: the bot's address; or `host` (localhost), `port` (8001) and `fallbacks` (2), how many next ports to try.
/// - `bot`: the expected name.
/// - `stateDir`: of a launcher on this machine: where it waits as a standby, no bot answers, and that is healthy.
///
/// Only an answer in the kit's form counts, so that another program on the port does not pass as a healthy bot.
struct BotProbe: Probe {
    static let type = "bot"

    private let candidates: [Endpoint]
    private let path: String
    private let name: String?
    private let stateDirectory: String?
    let address: String

    init(reading section: ConfigurationSection) {
        name = section.optionalString("bot")
        stateDirectory = section.optionalString("stateDir")
        let url = section.optionalString("url")
        let host = section.string("host", default: "localhost")
        let port = section.integer("port", in: 1...65_535, default: 8001)
        let fallbacks = section.integer("fallbacks", in: 0...100, default: 2)
        if let url {
            for key in ["host", "port", "fallbacks"] where section.has(key) {
                section.refuse(key, "there is a url already")
            }
            do throws(HTTPClientError) {
                candidates = [try Endpoint(url: url)]
            } catch {
                candidates = []
                section.refuse("url", "\(error.reason): give an address such as http://127.0.0.1:8001/health")
            }
            let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? Substring(url)
            let path = String(rest.drop { $0 != "/" }.prefix { $0 != "?" && $0 != "#" })
            self.path = path.isEmpty || path == "/" ? "/health" : path
        } else {
            let ports = (port...port + fallbacks).filter { $0 <= 65_535 }
            candidates = ports.compactMap { try? Endpoint(host: host, port: $0) }
            if candidates.count != ports.count { section.refuse("host", "it is not a host's name or address") }
            path = "/health"
        }
        let shown = url.map { section.shownPath(of: "url", $0) } ?? ""
        let path = shown.count > 1 ? shown : path
        let more = candidates.count > 1 ? " (or up to port \(candidates.last?.port ?? ""))" : ""
        address = (candidates.first.map { "\($0)\(path)" } ?? "") + more
    }

    var isLocal: Bool { candidates.first?.isLoopback ?? false }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        var words: [String] = []
        for (index, endpoint) in candidates.enumerated() {
            let left = deadline.since(.now())
            guard left > .zero, !Task.isCancelled else {
                words.append("port \(endpoint.port) was not checked: the timeout was over")
                break
            }
            // A silent other program must leave time for the bot on the next port.
            switch await ask(endpoint, tools.client, timeout: left / (candidates.count - index)) {
            case .bot(let result): return result
            case .nobody(let reason): words.append(candidates.count > 1 ? "port \(endpoint.port): \(reason)" : reason)
            }
        }
        return standby ?? ProbeResult(status: .unhealthy, message: words.joined(separator: "; "))
    }

    /// The result if this machine's launcher is a standby. One that sees no leader may be alone: then nobody runs the bot.
    private var standby: ProbeResult? {
        stateDirectory.flatMap(Standby.init).map { standby in
            ProbeResult(status: standby.isLed ? .healthy : .unhealthy, message: "standby: \(standby.leader)")
        }
    }

    // MARK: One port

    private enum Answer {
        case bot(ProbeResult)
        case nobody(String)
    }

    private func ask(_ endpoint: Endpoint, _ client: HTTPClient, timeout: Duration) async -> Answer {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        do {
            let response = try await get(endpoint, path, client, until: deadline)
            guard [200, 503].contains(response.status),
                let body = HealthBody(
                    BodyText.utf8(response.body, contentType: response.header("Content-Type"))), body.isKit
            else {
                return .nobody(
                    "it answered \(response.status) without a KeepAliveKit report: another program uses this port")
            }
            if let name {
                let root = try await get(endpoint, "/", client, until: deadline)
                guard let identity = BotIdentity(json: root.body) else {
                    return .nobody("it reports no bot's name")
                }
                guard identity.bot == name else {
                    return .nobody("it is the bot \"\(identity.bot.line(limit: 100))\", not \"\(name)\"")
                }
            }
            // If status code and body disagree, the status code counts when it is worse.
            let status = response.status == 503 ? .unhealthy : body.status
            return .bot(
                ProbeResult(
                    status: status, message: body.message ?? "it reports \(status.rawValue)",
                    responseTime: response.elapsed, checks: body.checks))
        } catch {
            return .nobody(ProbeResult.failed(error, timeout: timeout).message)
        }
    }

    private func get(
        _ endpoint: Endpoint, _ path: String, _ client: HTTPClient, until deadline: MonotonicTime
    ) async throws -> HTTPClientResponse {
        let left = deadline.since(.now())
        guard left > .zero else { throw CancellationError() }
        var request = HTTPClientRequest(
            url: "\(endpoint)\(path)", timeout: left, connectTimeout: left, maximumResponseBytes: 256 * 1024)
        request.decodesBody = true
        return try await client.send(request)
    }
}
