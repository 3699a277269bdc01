import KeepAliveCurl
import KeepAliveKit
import KeepAliveToolSupport

/// Where a monitor's API is, and its key.
struct MonitorAddress: Equatable {
    /// Without a slash at its end.
    var url: String
    var key: String?
    /// Where the monitor may be instead if its port was taken, in the order in which it tries; nil if the address was
    /// given by `--url`, so that nothing has to be found.
    var fallbacks: [String]?

    init(url: String, key: String?) {
        (self.url, self.key) = (url, key)
    }

    /// `--url`, or the API of `--config`, or that of `MONITOR_HOST`, `MONITOR_PORT` and `MONITOR_API_KEY`.
    ///
    /// Of the file only the section `api` counts: the variables of other sections may be missing here.
    /// - Throws: `ConfigurationFailure` with every finding.
    init(_ command: MarkCommand) throws(ConfigurationFailure) {
        var settings = Settings(environmentFile: command.environmentFile)
        if let given = command.url {
            var url = given
            while url.hasSuffix("/") { url.removeLast() }
            self.url = url
            key = command.apiKey ?? settings.value("MONITOR_API_KEY")
        } else {
            let api = try Self.settings(command.configurationPath, &settings)
            let host = api.host ?? "127.0.0.1"
            let name = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
            let urls = (api.port...api.port + api.portFallbacks).map {
                "http://\(name.contains(":") ? "[\(name)]" : name):\($0)"
            }
            url = urls[0]
            fallbacks = Array(urls.dropFirst())
            key = api.keys.first
        }
        do {
            try settings.check()
        } catch {
            throw ConfigurationFailure(findings: ["\(error)"])
        }
    }

    private static func settings(
        _ path: String?, _ settings: inout Settings
    ) throws(ConfigurationFailure) -> APISettings {
        var values: [String: JSONValue] = [:]
        if let path {
            let file = try ConfigurationFile(path)
            if case .object(let members)? = file.root[APISettings.key] { values = members }
        }
        for variable in APISettings.variables {
            guard let text = settings.value(variable.name) else { continue }
            values[variable.key] =
                variable.range.map {
                    .integer(Int64(settings.integer(variable.name, in: $0, default: $0.lowerBound)))
                } ?? .string(VariableText.literal(text))
        }
        let names = VariableText.names(in: .object(values))
        let environment = Dictionary(
            names.compactMap { name in settings.value(name).map { (name, $0) } }, uniquingKeysWith: { $1 })
        let section = ConfigurationSection(values, path: APISettings.key, environment: environment)
        let api = APISettings(reading: section)
        guard section.findings.all.isEmpty else { throw ConfigurationFailure(findings: section.findings.all) }
        return api
    }
}

/// Asks a monitor's API.
struct MonitorClient {
    let api: MonitorAddress
    let client: HTTPClient

    /// Finds the monitor behind an address. A program of somebody else may have the configured port: it gets no key.
    init(finding api: MonitorAddress, by client: HTTPClient) async throws(MarkCommand.Failure) {
        self.client = client
        guard let fallbacks = api.fallbacks else {
            self.api = api
            return
        }
        var reason = ""
        for url in [api.url] + fallbacks {
            do {
                let root = try await client.send(
                    HTTPClientRequest(url: url + "/", timeout: .seconds(5), maximumResponseBytes: 64 * 1024))
                if BotIdentity(json: root.body)?.bot == "health-monitor" {
                    self.api = MonitorAddress(url: url, key: api.key)
                    return
                }
                reason = reason.isEmpty ? "another program answers" : reason
            } catch {
                reason = reason.isEmpty ? (error as? HTTPClientError)?.message ?? "\(error)" : reason
            }
        }
        throw Self.unreachable(api.url, reason)
    }

    private static func unreachable(_ url: String, _ reason: String) -> MarkCommand.Failure {
        MarkCommand.Failure(
            words: "the monitor at \(URLCredentials.hidden(url)) cannot be reached: \(reason); is it running? "
                + "Give --config or --url")
    }

    /// The JSON of a successful answer.
    func ask(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws(MarkCommand.Failure) -> JSONValue
    {
        var headers: [(name: String, value: String)] = []
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let key = api.key { headers.append(("X-API-Key", key)) }
        var request = HTTPClientRequest(
            url: api.url + path, method: method, headers: headers, body: body.map { Array($0.json.utf8) },
            timeout: .seconds(20))
        request.keepsPath = true
        let response: HTTPClientResponse
        do {
            response = try await client.send(request)
        } catch {
            throw Self.unreachable(api.url, (error as? HTTPClientError)?.message ?? "\(error)")
        }
        guard response.status == 200, let json = response.json else {
            let reason = response.json?["error"]?.text ?? "HTTP \(response.status)"
            throw MarkCommand.Failure(
                words: Log.none.hiding(api.key.map { [$0] } ?? []).redact(reason.singleLine.limited(to: 600)))
        }
        // Every change names its service.
        guard method == "GET" || json["service"]?.text != nil else {
            throw MarkCommand.Failure(words: "the answer is not health-monitor's: is another program at this address?")
        }
        return json
    }
}
