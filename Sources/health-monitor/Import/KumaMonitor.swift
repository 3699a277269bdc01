import KeepAliveKit

/// A monitor of Uptime Kuma as a target of ours. Pure.
struct KumaMonitor {
    let row: LooseObject
    let name: String
    /// The names of its groups, or of its first tag.
    let group: String?
    let isPublic: Bool
    /// The names of its channels; nil means all.
    let channels: [String]?
    /// The path of a Docker engine's socket; nil for the usual one.
    let socket: String?
    /// The names of its own channels, if it is a group.
    var groupChannels: [String] = []
    /// The nearest group around it that is paused.
    var pausedGroup: String?

    /// What has no counterpart, by type.
    private static let reasons = [
        "grpc-keyword": "there is no gRPC probe", "mqtt": "there is no MQTT probe",
        "steam": "there is no probe of game servers",
        "gamedig": "there is no probe of game servers", "radius": "there is no RADIUS probe",
        "real-browser": "there is no browser probe", "kafka-producer": "there is no Kafka probe",
        "sqlserver": "there is no SQL Server probe; exec runs a Nagios plugin",
        "mysql": "there is no MySQL probe; tcp or exec with check_mysql watches it",
        "mongodb": "there is no MongoDB probe; tcp or exec watches it",
        "tailscale-ping": "there is no Tailscale probe; ping watches an address",
        "snmp": "there is no SNMP probe; exec runs check_snmp",
        "rabbitmq": "there is no RabbitMQ probe; http watches its management API",
        "smtp": "there is no SMTP probe; tcp watches its port",
        "websocket-upgrade": "there is no WebSocket probe; http watches its server",
        "manual": "its state is set by hand",
    ]

    /// The target; nil if there is none, with the loss noted.
    func target(in file: inout ImportedFile) -> ImportedFile.Entry? {
        let type = row.text("type") ?? ""
        if type == "group" {
            loseGroup(&file)
            return nil
        }
        if let pausedGroup { return lost("it is paused with its group \(pausedGroup)", &file) }
        if row["active"] != nil, !row.flag("active") { return lost("it is paused", &file) }
        if row.flag("upsidedown") {
            return lost("upside down mode is not there: success would look like failure", &file)
        }
        guard let own = probe(type, &file) else { return nil }
        let unique = file.uniqueName(name, group: group)
        var entry: ImportedFile.Entry = [("name", .string(unique))]
        if let group { entry.append(("group", ImportedFile.literal(group))) }
        entry += own + common(&file)
        file.loseRest(of: row, "monitor \"\(name)\"", reasons: KumaColumns.reasons) {
            KumaColumns.needsNothing($0, $1, type: type)
        }
        return entry
    }

    /// A group here is a name only: whatever else it has is lost.
    private func loseGroup(_ file: inout ImportedFile) {
        let what = "group \"\(name)\""
        if row["active"] != nil, !row.flag("active") { file.lose(what, "it is paused, and so are its monitors") }
        for channel in groupChannels {
            file.lose(what, "its notification \(channel): only its monitors alert; their channels name it")
        }
        if let text = row.text("description") { file.lose(what, "its description \"\(text.prefix(60))\"") }
        file.loseRest(of: row, what) { KumaColumns.needsNothing($0, $1, type: "group") }
    }

    private func lost(_ why: String, _ file: inout ImportedFile) -> ImportedFile.Entry? {
        file.lose("monitor \"\(name)\"", why)
        return nil
    }

    private func note(_ why: String, _ file: inout ImportedFile) { file.lose("monitor \"\(name)\"", why) }

    private func common(_ file: inout ImportedFile) -> ImportedFile.Entry {
        var entry: ImportedFile.Entry = []
        let what = "monitor \"\(name)\""
        if row.text("type") != "push" {
            let interval = file.bounded(row.integer("interval") ?? 60, 1...86_400, of: what, "interval in seconds")
            entry.append(("interval", .integer(Int64(interval))))
            let retries = file.bounded(row.integer("maxretries") ?? 0, 0...99, of: what, "number of retries")
            entry += [("retries", .integer(0)), ("failureThreshold", .integer(Int64(retries + 1)))]
            if let retry = row.integer("retryinterval"), retry > 0, retry != interval, retries > 0 {
                note(
                    "its retry interval of \(retry) s: a retry follows after the usual interval of \(interval) s", &file
                )
            }
            // 0 is its own default.
            if let timeout = row["timeout"]?.double, timeout != 0 {
                entry.append(("timeout", .number(file.bounded(timeout, 1...300, of: what, "timeout in seconds"))))
            }
        }
        if let resend = row.integer("resendinterval"), resend > 0 {
            note("resending every \(resend) beats: alertInterval of the file repeats every alert", &file)
        }
        if isPublic { entry.append(("public", .bool(true))) }
        if let channels { entry.append(("channels", .array(channels.map { .string($0) }))) }
        if row["proxyid"] != nil { note("its proxy: checks connect directly", &file) }
        if let text = row.text("description") { note("its description \"\(text.prefix(60))\"", &file) }
        return entry
    }

    private func probe(_ type: String, _ file: inout ImportedFile) -> ImportedFile.Entry? {
        let host = row.text("hostname").map { ImportedFile.literal($0) }
        switch type {
        case "http", "keyword", "json-query": return http(type, &file)
        case "port":
            guard let host, let port = row.integer("port") else { return lost("host or port is missing", &file) }
            return [("type", .string("tcp")), ("host", host), ("port", .integer(Int64(port)))]
        case "ping" where file.targetTypes.contains("ping"):
            guard let host else { return lost("its host is missing", &file) }
            let count = row.integer("pingcount").map {
                file.bounded($0, 1...20, of: "monitor \"\(name)\"", "number of pings")
            }
            return [("type", .string("ping")), ("host", host)]
                + (count.map { [("count", .integer(Int64($0)))] } ?? [])
        case "dns" where file.targetTypes.contains("dns"):
            guard let host else { return lost("its host is missing", &file) }
            var entry: ImportedFile.Entry = [("type", .string("dns")), ("host", host)]
            if let record = row.text("dnsresolvetype") { entry.append(("record", .string(record))) }
            return entry + nameServer(&file)
        case "push":
            guard let token = row.text("pushtoken") else { return lost("its token is missing", &file) }
            guard token.utf8.count >= 8 else { return lost(ImportedFile.shortToken(token), &file) }
            return [
                ("type", .string("push")), ("token", file.secret(token, for: name, "push", "token")),
                ("maxSilence", .number(silence(&file))),
            ]
        case "docker":
            guard let container = row.text("dockercontainer") else { return lost("its container is missing", &file) }
            return [("type", .string("docker")), ("container", ImportedFile.literal(container))]
                + (socket.map { [("socket", ImportedFile.literal($0))] } ?? [])
        case "postgres", "redis": return database(type, &file)
        default:
            return lost(Self.reasons[type] ?? "there is no probe of type \"\(type.prefix(40))\"", &file)
        }
    }

    /// How long a job may be silent: its interval, and that of each retry. As a number with a fraction, which no large
    /// number of the file overflows.
    private func silence(_ file: inout ImportedFile) -> Double {
        let retries = max(0, row.integer("maxretries") ?? 0)
        let wait =
            Double(row.integer("interval") ?? 60) + Double(retries) * Double(max(0, row.integer("retryinterval") ?? 0))
        let silence = file.bounded(wait, 1...31_536_000, of: "monitor \"\(name)\"", "silence in seconds")
        if retries > 0 {
            note(
                "its number of retries, \(retries): a silence of \(Int(silence)) s (maxSilence) includes their time",
                &file)
        }
        return silence
    }

    /// The first server with its port: ours asks one.
    private func nameServer(_ file: inout ImportedFile) -> ImportedFile.Entry {
        let servers = (row.text("dnsresolveserver") ?? "").split(separator: ",").map(\.trimmingBlanks)
            .filter { !$0.isEmpty }
        guard let first = servers.first else { return [] }
        for other in servers.dropFirst() { note("its name server \(other.limited(to: 60)): one is asked", &file) }
        let port = row.integer("port") ?? 53
        let server = port == 53 ? first : "\(first.contains(":") ? "[\(first)]" : first):\(port)"
        guard DNSProbe.address(server) != nil else {
            note("its name server \(server.limited(to: 60)) is no address: the system's servers are asked", &file)
            return []
        }
        return [("server", ImportedFile.literal(server))]
    }

    private func http(_ type: String, _ file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let url = row.text("url") else { return lost("its URL is missing", &file) }
        var entry: ImportedFile.Entry = [
            ("type", .string(url.lowercased().hasPrefix("https:") ? "https" : "http")),
            ("url", ImportedFile.holdsSecret(url) ? file.secret(url, for: name, "url") : ImportedFile.literal(url)),
        ]
        let codes = (row.list("acceptedstatuscodes") + row.list("acceptedstatuscodesjson")).compactMap(\.text)
        if !codes.isEmpty, codes != ["200-299"] {
            entry.append(
                ("expectStatus", .array(codes.map { code in Int64(code).map { .integer($0) } ?? .string(code) })))
        }
        if let method = row.text("method"), method != "GET" { entry.append(("method", .string(method))) }
        if let body = row.text("body") { entry.append(("body", ImportedFile.literal(body))) }
        entry += headers(&file)
        if type == "keyword", let keyword = row.text("keyword") {
            if row.flag("invertkeyword") {
                note("its inverted keyword \"\(keyword.prefix(60))\": a text that must be absent is not there", &file)
            } else {
                entry.append(("expectBody", ImportedFile.literal(keyword)))
            }
        }
        if type == "json-query" { entry += jsonQuery(&file) }
        if let redirects = row.integer("maxredirects"), redirects != 10 {
            let own = file.bounded(redirects, 0...50, of: "monitor \"\(name)\"", "number of redirects")
            entry.append(("maxRedirects", .integer(Int64(own))))
        }
        if row["expirynotification"] != nil, !row.flag("expirynotification") {
            entry.append(("certificateDays", .integer(0)))
        }
        if row.flag("ignoretls") {
            note("ignoring TLS errors: certificates are always verified; caFile names an authority", &file)
        }
        return entry
    }

    /// JSONata knows more than JSONPath, so only plain paths are carried over.
    private func jsonQuery(_ file: inout ImportedFile) -> ImportedFile.Entry {
        guard let query = row.text("jsonpath") else { return [] }
        let path = query.hasPrefix("$") ? query : "$.\(query)"
        let isPlain = path.wholeMatch(of: /\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*/) != nil
        let compares = row.text("jsonpathoperator") ?? "=="
        guard isPlain, path != "$", compares == "==" else {
            note(
                "its JSON query \"\(query.prefix(60))\" (\(compares)): only paths such as $.a.b compared with == are there",
                &file)
            return []
        }
        let expected = row.text("expectedvalue") ?? ""
        row.skip("expectedvalue")
        let value = (try? JSONValue(parsing: Array(expected.utf8))).flatMap { value -> JSONValue? in
            switch value {
            case .bool, .integer, .number: value
            default: nil
            }
        }
        if value != nil {
            note(
                "comparing as text: equals: \(expected) is no text, so write equals: \"\(expected)\" if the answer has one",
                &file)
        }
        return [
            ("jsonPath", ImportedFile.literal(path)), ("equals", value ?? .string(expected)),
        ]
    }

    private func headers(_ file: inout ImportedFile) -> ImportedFile.Entry {
        var fields: [String: JSONValue] = [:]
        for (key, value) in headerFields(&file) {
            guard let value = value.text else {
                note("its field \(key.limited(to: 60)), which is no text", &file)
                continue
            }
            fields[key] =
                ImportedFile.isSecret(key) ? file.secret(value, for: name, key) : ImportedFile.literal(value)
        }
        if row.text("body") != nil, !fields.keys.contains(where: { $0.lowercased() == "content-type" }) {
            let types = ["xml": "text/xml; charset=utf-8", "form": "application/x-www-form-urlencoded"]
            fields["Content-Type"] = .string(types[row.text("httpbodyencoding") ?? ""] ?? "application/json")
        }
        switch row.text("authmethod") {
        case nil, "basic":
            if let user = row.text("basicauthuser") {
                let pair = "\(user):\(row.text("basicauthpass") ?? "")"
                fields["Authorization"] = file.secret("Basic \(pair.base64)", for: name, "authorization")
            }
        case let method?: note("its authentication by \(method): only basic authentication and fields are there", &file)
        }
        return fields.isEmpty ? [] : [("headers", .object(fields))]
    }

    /// The fields of its requests: an object, or the text of one.
    private func headerFields(_ file: inout ImportedFile) -> [String: JSONValue] {
        guard let given = row["headers"], given.text != "" else { return [:] }
        let parsed: JSONValue? = if let text = given.text { try? JSONValue(parsing: Array(text.utf8)) } else { given }
        switch parsed {
        case .object(let values)?: return values
        case .null?: break
        default: note("its header fields, which are no JSON object", &file)
        }
        return [:]
    }

    /// `postgres://user:password@host:5432/database`
    private func database(_ type: String, _ file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let text = row.text("databaseconnectionstring"), let parts = DatabaseAddress(text) else {
            return lost("its connection string is not understood", &file)
        }
        var entry: ImportedFile.Entry = [("type", .string(type)), ("host", ImportedFile.literal(parts.host))]
        if let port = parts.port { entry.append(("port", .integer(Int64(port)))) }
        if type == "postgres" {
            if let user = parts.user { entry.append(("user", ImportedFile.literal(user))) }
            if let database = parts.database { entry.append(("database", ImportedFile.literal(database))) }
            note("its login and query: the probe asks like pg_isready whether the server takes connections", &file)
        } else if let password = parts.password {
            if let user = parts.user { entry.append(("user", ImportedFile.literal(user))) }
            entry.append(("password", file.secret(password, for: name, "password")))
        }
        return entry
    }
}
