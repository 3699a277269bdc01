import KeepAliveKit

/// An endpoint of Gatus as a target of ours. Pure.
///
/// Its texts may hold `${NAME}`, which stands for a variable here too.
struct GatusEndpoint {
    let row: LooseObject
    let name: String

    /// The target's own keys; nil if there is none, with the loss noted.
    func entry(in file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let url = row.text("url") else { return lost("its url is missing", &file) }
        var entry: ImportedFile.Entry
        let scheme = url.firstMatch(of: /^([a-z]+):\/\//).map { String($0.1) } ?? ""
        if row["dns"] != nil {
            guard file.targetTypes.contains("dns") else { return lost("there is no dns probe", &file) }
            guard let dns = LooseObject(row["dns"]), let query = dns.text("queryname") else {
                return lost("its dns.query-name is missing", &file)
            }
            entry = [("type", .string("dns")), ("host", .string(query)), ("server", .string(url))]
            if let record = dns.text("querytype") { entry.append(("record", .string(record))) }
            file.loseRest(of: dns, "endpoint \"\(name)\"", path: "dns.")
            let answers = row.list("conditions").compactMap(\.text)
                .compactMap { $0.wholeMatch(of: /\s*\[BODY\]\s*==\s*([^\s()*]+)\s*/).map { String($0.1) } }
            if !answers.isEmpty { entry.append(("expect", .array(answers.map { .string($0) }))) }
        } else if scheme == "http" || scheme == "https" {
            entry = http(url, scheme, &file)
        } else if ["tcp", "tls", "starttls"].contains(scheme) {
            guard let match = url.firstMatch(of: /:\/\/\[?([^\/]*?)\]?:(\d+)(\/|$)/), let port = Int(match.2) else {
                return lost("host or port is missing in \"\(url)\"", &file)
            }
            if scheme == "starttls" { note("its STARTTLS: tcp connects without it", &file) }
            entry = [("type", .string("tcp")), ("host", .string(String(match.1))), ("port", .integer(Int64(port)))]
            if scheme == "tls" { entry.append(("tls", .bool(true))) }
        } else if scheme == "icmp", file.targetTypes.contains("ping") {
            entry = [
                ("type", .string("ping")),
                ("host", .string(String(url.dropFirst("icmp://".count).prefix { $0 != "/" }))),
            ]
        } else {
            return lost("there is no probe for \(scheme.isEmpty ? "\"\(url.prefix(60))\"" : scheme)", &file)
        }
        entry += common(&file)
        for condition in row.list("conditions").compactMap(\.text) {
            // The answer of a name server is above.
            if row["dns"] != nil, condition.wholeMatch(of: /\s*\[BODY\]\s*==\s*[^\s()*]+\s*/) != nil { continue }
            add(condition, to: &entry, &file)
        }
        if entry.contains(where: { $0.key == "url" }), !entry.contains(where: { $0.key == "expectStatus" }) {
            note("without a condition on [STATUS]: 200 to 299 are expected here, which expectStatus changes", &file)
        }
        loseRest(&file)
        return entry
    }

    private func loseRest(_ file: inout ImportedFile) {
        row.skip("name", "group", "enabled", "alerts", "maintenancewindows")
        file.loseRest(
            of: row, "endpoint \"\(name)\"",
            reasons: [
                "ui": "the page has no settings of one target", "extralabels": "/metrics has labels of its own",
                "alwaysrun": "every target is checked",
            ])
    }

    /// An endpoint that others report to.
    func external(in file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let token = row.text("token") else { return lost("its token is missing", &file) }
        guard token.utf8.count >= 8 || token.contains("$") else { return lost(ImportedFile.shortToken(token), &file) }
        defer { loseRest(&file) }
        var entry: ImportedFile.Entry = [
            ("type", .string("push")),
            ("token", token.contains("$") ? .string(token) : file.secret(token, for: name, "push", "token")),
        ]
        let heartbeat = LooseObject(row["heartbeat"])
        if let words = heartbeat?.text("interval"), let silence = Self.seconds(words) {
            let own = file.bounded(silence, 1...31_536_000, of: "endpoint \"\(name)\"", "heartbeat interval in seconds")
            entry.append(("maxSilence", .number(own)))
        } else {
            note("without a heartbeat interval it may be silent for a year (maxSilence)", &file)
            entry.append(("maxSilence", .integer(31_536_000)))
        }
        if let heartbeat { file.loseRest(of: heartbeat, "endpoint \"\(name)\"", path: "heartbeat.") }
        return entry
    }

    private func lost(_ why: String, _ file: inout ImportedFile) -> ImportedFile.Entry? {
        note(why, &file)
        return nil
    }

    private func note(_ why: String, _ file: inout ImportedFile) { file.lose("endpoint \"\(name)\"", why) }

    private func http(_ url: String, _ scheme: String, _ file: inout ImportedFile) -> ImportedFile.Entry {
        var entry: ImportedFile.Entry = [("type", .string(scheme)), ("url", address(url, &file))]
        if let method = row.text("method"), method != "GET" { entry.append(("method", .string(method))) }
        if row.flag("graphql") { note("graphql: write the body as {\"query\": …} yourself", &file) }
        if let body = row.text("body") { entry.append(("body", .string(body))) }
        if case .object(let values)? = row["headers"] {
            var fields: [String: JSONValue] = [:]
            for (key, value) in values {
                guard let text = value.text ?? value.integer.map({ "\($0)" }) else {
                    note("its field \(key.limited(to: 60)), which is no text", &file)
                    continue
                }
                // A variable is no secret that stands in the file.
                fields[key] =
                    ImportedFile.isSecret(key) && !text.contains("$")
                    ? file.secret(text, for: name, key) : .string(text)
            }
            entry.append(("headers", .object(fields)))
        }
        return entry
    }

    private func address(_ url: String, _ file: inout ImportedFile) -> JSONValue {
        guard ImportedFile.holdsSecret(url), !url.contains("$") else { return .string(url) }
        return file.secret(url, for: name, "url")
    }

    private func common(_ file: inout ImportedFile) -> ImportedFile.Entry {
        let interval = seconds(of: row, "interval", 0.1...86_400, &file) ?? 60
        var entry: ImportedFile.Entry = [("interval", .number(interval))]
        guard let client = LooseObject(row["client"]) else { return entry }
        if let timeout = seconds(of: client, "timeout", 0.1...300, &file) {
            entry.append(("timeout", .number(timeout)))
        }
        if client.flag("ignoreredirect") { entry.append(("followRedirects", .bool(false))) }
        file.loseRest(
            of: client, "endpoint \"\(name)\"", path: "client.",
            reasons: ["insecure": "certificates are always verified; caFile names an authority"])
        return entry
    }

    /// A duration in seconds; nil without one, or with one that is not understood, which is noted.
    private func seconds(
        of row: LooseObject, _ key: String, _ range: ClosedRange<Double>, _ file: inout ImportedFile
    ) -> Double? {
        guard let text = row.text(key) else { return nil }
        guard let seconds = Self.seconds(text) else {
            note("its \(key) \"\(text.limited(to: 40))\" is not understood, so the default counts", &file)
            return nil
        }
        return file.bounded(seconds, range, of: "endpoint \"\(name)\"", "\(key) in seconds")
    }

    // MARK: Conditions

    private func add(_ condition: String, to entry: inout ImportedFile.Entry, _ file: inout ImportedFile) {
        guard let own = Self.keys(for: condition) else { return note("the condition \(condition)", &file) }
        for (key, value) in own {
            // One target has one value of each key.
            if entry.contains(where: { $0.key == key }) {
                return note("the condition \(condition): there is one of its kind already", &file)
            }
            entry.append((key, value))
            switch value {
            case .bool, .integer:
                if key == "equals" {
                    note(
                        "comparing as text in \(condition): write equals: \"\(value.json)\" if the answer has a text there",
                        &file)
                }
            default: break
            }
            if key == "certificateDays", let days = value.integer,
                condition.firstMatch(of: />=?\s*(\S+)/).flatMap({ Self.seconds(String($0.1)) }) != Double(days) * 86_400
            {
                note("\(condition): it counts whole days, which are \(days) here", &file)
            }
        }
    }

    /// The keys that a condition means; nil without a counterpart, empty if it holds by itself.
    static func keys(for condition: String) -> ImportedFile.Entry? {
        let text = condition.trimmingBlanks
        if text.wholeMatch(of: /\[CONNECTED\]\s*==\s*true/) != nil { return [] }
        if text.wholeMatch(of: /\[DNS_RCODE\]\s*==\s*NOERROR/) != nil { return [] }
        if let match = text.wholeMatch(of: /\[STATUS\]\s*(==|<=|<)\s*(\d{3})/), let code = Int(match.2) {
            switch match.1 {
            case "==": return [("expectStatus", .array([.integer(Int64(code))]))]
            case "<": return code <= 100 ? nil : [("expectStatus", .array([.string("100-\(code - 1)")]))]
            default: return [("expectStatus", .array([.string("100-\(code)")]))]
            }
        }
        if let match = text.wholeMatch(of: /\[STATUS\]\s*==\s*any\(([\d,\s]+)\)/) {
            let codes = match.1.split(separator: ",").compactMap { Int64($0.trimmingBlanks) }
            return [("expectStatus", .array(codes.map { .integer($0) }))]
        }
        if let match = text.wholeMatch(of: /\[RESPONSE_TIME\]\s*<=?\s*(\d+)/), let limit = Double(match.1), limit >= 1,
            limit <= 300_000
        {
            return [("maxResponseTime", .number(limit / 1000))]
        }
        if let match = text.wholeMatch(of: /\[CERTIFICATE_EXPIRATION\]\s*>=?\s*(\S+)/),
            let length = seconds(String(match.1)), length <= 3650 * 86_400
        {
            return [("certificateDays", .integer(Int64((length / 86_400).rounded(.up))))]
        }
        if let match = text.wholeMatch(of: /\[BODY\]\s*==\s*pat\(\*(.+)\*\)/), !match.1.contains("*") {
            return [("expectBody", .string(String(match.1)))]
        }
        if let match = text.wholeMatch(of: /\[BODY\]((?:\.[A-Za-z_][A-Za-z0-9_\-]*|\[\d+\])+)\s*==\s*(.+)/),
            !match.2.contains("(")
        {
            let path = "$\(match.1)"
            let expected = String(match.2)
            let value: JSONValue =
                expected == "true"
                ? .bool(true)
                : expected == "false" ? .bool(false) : Int64(expected).map { .integer($0) } ?? .string(expected)
            return [("jsonPath", ImportedFile.literal(path)), ("equals", value)]
        }
        if let match = text.wholeMatch(of: /\[DNS_RCODE\]\s*==\s*(\S+)/) { return match.1 == "NOERROR" ? [] : nil }
        return nil
    }

    /// The seconds of a duration of Go: `1h30m`, `500ms`.
    static func seconds(_ text: String) -> Double? {
        guard text.wholeMatch(of: /(\d+(\.\d+)?(h|ms|m|s))+/) != nil else { return nil }
        let units: [Substring: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001]
        return text.matches(of: /(\d+(?:\.\d+)?)(h|ms|m|s)/).reduce(0) { sum, match in
            sum + (Double(match.1) ?? 0) * (units[match.2] ?? 0)
        }
    }
}
