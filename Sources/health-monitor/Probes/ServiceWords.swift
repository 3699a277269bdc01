/// Reads a service's error message from the usual JSON members. Pure.
enum ServiceWords {
    /// One line of the most useful texts of a JSON body; nil without any.
    static func read(_ body: [UInt8]) -> String? {
        guard let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let root = try? JSONValue(parsing: body)
        else { return nil }
        return read(root)
    }

    /// One line of the most useful texts of a parsed body.
    static func read(_ root: JSONValue) -> String? {
        var texts: [String] = []
        for text in sentences(root.elements?.first ?? root, depth: 0) + parts(root) where !texts.contains(text) {
            texts.append(text)
        }
        let line = texts.prefix(5).joined(separator: "; ")
        return line.isEmpty ? nil : line.line()
    }

    /// The members, the most useful first; `title` and `detail` come from RFC 9457.
    private static let keys = [
        "message", "error", "detail", "output", "description", "error_description", "reason", "msg", "title",
    ]

    private static func sentences(_ value: JSONValue, depth: Int) -> [String] {
        var texts: [String] = []
        for key in keys {
            switch value[key] {
            case .string(let text)?: texts.append(text.line(limit: 200))
            case .object(let values)? where depth < 2: texts += sentences(.object(values), depth: depth + 1)
            default: break
            }
        }
        for error in value["errors"]?.elements?.prefix(3) ?? [] {
            if let text = error.text { texts.append(text.line(limit: 200)) }
            if depth < 2 { texts += sentences(error, depth: depth + 1) }
        }
        return texts.filter { !$0.isEmpty }
    }

    /// The parts that are not healthy: Spring's `components` (`details` in earlier versions), ASP.NET's `entries`.
    private static func parts(_ root: JSONValue) -> [String] {
        ["components", "entries", "details"].flatMap { key -> [String] in
            guard case .object(let parts)? = root[key] else { return [] }
            return parts.sorted { $0.key < $1.key }.compactMap { name, part in
                guard let status = part["status"]?.text, !isWell(status) else { return nil }
                let words = sentences(part, depth: 1) + (part["details"].map { sentences($0, depth: 1) } ?? [])
                return "\(name.line(limit: 60)): \(words.first ?? status.line(limit: 40))"
            }
        }
    }

    private static func isWell(_ status: String) -> Bool {
        ["up", "ok", "pass", "healthy", "unknown"].contains(status.lowercased())
    }
}
