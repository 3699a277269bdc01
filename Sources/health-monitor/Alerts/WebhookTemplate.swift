import KeepAliveCurl

/// The `template` of a webhook: any method, header fields and body. Pure.
///
/// Keys: `method` (default `POST`), `headers`, `body` (a text, or a JSON value). A text instead of the object is a body.
struct WebhookTemplate: Sendable {
    private enum Body: Sendable {
        case none
        /// Each text in it is a template.
        case json(JSONValue)
        case text(Template, Escape)
    }

    /// How the values in a body of text are escaped.
    private enum Escape: Sendable {
        case none, json, percent
    }

    private var method = "POST"
    private var headers: [(name: String, value: Template)] = []
    private var contentType: String?
    private var body = Body.none
    /// The values of header fields with a secret's name.
    private(set) var secrets: [String] = []

    /// Nil without the key.
    init?(reading channel: ConfigurationSection) {
        guard let value = channel.value("template") else { return nil }
        if case .string = value {
            if let text = channel.optionalString("template") { readText(text, channel, "template") }
            return
        }
        guard let section = channel.section("template") else { return }
        if section.has("method") { method = section.method("method") }
        for (name, value) in section.fields("headers") {
            guard let template = section.template(value, "headers.\(name)") else { continue }
            headers.append((name, template))
            if name.lowercased() == "content-type" { contentType = value }
            guard ConfigurationSection.isSecret(name), !template.hasPlaceholders else { continue }
            // "Bearer x": the second word is a secret by itself.
            secrets += [value] + value.split(separator: " ").dropFirst().map(String.init)
        }
        switch section.expanded("body") {
        case nil: break
        case .string(let text): readText(text, section, "body")
        case .some(let value):
            check(value, section, "body")
            body = .json(value)
            if contentType == nil { contentType = "application/json" }
        }
        section.finish()
    }

    /// Whether it has a header field of this name.
    func sets(_ field: String) -> Bool { headers.contains { $0.name.lowercased() == field.lowercased() } }

    private mutating func readText(_ text: String, _ section: ConfigurationSection, _ key: String) {
        guard let template = section.template(text, key) else { return }
        let begin = text.drop { $0.isWhitespace }
        // A placeholder begins with a brace too, and a line of text may begin with a word in brackets.
        let isList = begin.hasPrefix("[") && text.last { !$0.isWhitespace } == "]"
        let isJSON = isList || begin.hasPrefix("{") && !begin.hasPrefix("{{")
        let type = contentType ?? (isJSON ? "application/json" : "text/plain; charset=utf-8")
        contentType = type
        let name = type.lowercased()
        let escape: Escape =
            name.contains("json") ? .json : name.hasPrefix("application/x-www-form-urlencoded") ? .percent : .none
        body = .text(template, escape)
        guard escape == .json else { return }
        do {
            _ = try JSONValue(parsing: Array(template.filled(.trial, TemplateEscape.json).utf8))
        } catch {
            section.refuse(
                key,
                "it is not well-formed JSON: put each placeholder inside quotes, or give the body as an object; "
                    + "a text needs the header field Content-Type: text/plain")
        }
    }

    /// Reports every wrong text of a JSON value.
    private func check(_ value: JSONValue, _ section: ConfigurationSection, _ key: String) {
        switch value {
        case .string(let text): _ = section.template(text, key)
        case .array(let elements):
            for (index, element) in elements.enumerated() { check(element, section, "\(key)[\(index)]") }
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                if name.contains("{{") {
                    section.refuse(
                        "\(key).\(name)",
                        "a key cannot hold a placeholder: use it in a value, or give the body as a text")
                }
                check(member, section, "\(key).\(name)")
            }
        case .number(let number) where !number.isFinite:
            section.refuse(key, "\(value.kind) is not JSON: give another number, or a text")
        default: break
        }
    }

    // MARK: Filling in

    /// The request for an event.
    func request(_ values: TemplateValues, to url: String, key: String, more: [(name: String, value: String)])
        -> HTTPClientRequest
    {
        var fields = headers.map { (name: $0.name, value: $0.value.filled(values, TemplateEscape.header)) } + more
        func add(_ name: String, _ value: String) {
            guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else { return }
            fields.append((name, value))
        }
        let content = bytes(values)
        if content != nil, let contentType { add("Content-Type", contentType) }
        add("Idempotency-Key", key)
        var request = HTTPClientRequest(
            url: url, method: method, headers: fields, body: content, maximumResponseBytes: 1 << 16)
        request.truncatesBody = true
        request.headSuffices = true
        return request
    }

    private func bytes(_ values: TemplateValues) -> [UInt8]? {
        switch body {
        case .none: return nil
        case .json(let value): return Array(Self.filled(value, values).json.utf8)
        case .text(let template, let escape):
            let text =
                switch escape {
                case .none: template.filled(values)
                case .json: template.filled(values, TemplateEscape.json)
                case .percent: template.filled(values, TemplateEscape.percent)
                }
            return Array(text.utf8)
        }
    }

    private static func filled(_ value: JSONValue, _ values: TemplateValues) -> JSONValue {
        switch value {
        // It was checked when it was read.
        case .string(let text): .string((try? Template(text))?.filled(values) ?? text)
        case .array(let elements): .array(elements.map { filled($0, values) })
        case .object(let members): .object(members.mapValues { filled($0, values) })
        default: value
        }
    }
}

extension ConfigurationSection {
    /// A text as a template; nil if it is wrong, with a finding.
    func template(_ text: String, _ key: String) -> Template? {
        do throws(Template.Fault) {
            return try Template(text)
        } catch {
            refuse(key, error.words)
            return nil
        }
    }
}
