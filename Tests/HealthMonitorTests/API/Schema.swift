import Foundation
import KeepAliveTestSupport

/// The part of JSON Schema that the OpenAPI file uses.
struct Schema {
    let document: JSON

    /// The repository's description of the API.
    static func load() throws -> Schema {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return Schema(document: try JSON(parsing: try Data(contentsOf: folder.appending(path: "docs/openapi.json"))))
    }

    func resolve(_ value: JSON?) -> JSON? {
        guard let reference = value?["$ref"]?.string else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document as JSON?) { $0?[String($1)] }
    }

    /// The errors of a value, each with its place; an unknown keyword of the schema is an error too.
    func findings(_ value: JSON, _ schema: JSON?, at place: String = "$") -> [String] {
        guard let rules = resolve(schema)?.object else { return ["\(place): no schema"] }
        return rules.sorted { $0.key < $1.key }.flatMap { key, rule -> [String] in
            switch key {
            case "type":
                let names = rule.array?.compactMap(\.string) ?? [rule.string ?? ""]
                return names.contains { Self.isOf($0, value) } ? [] : ["\(place): \(value) is no \(names)"]
            case "enum": return rule.array?.contains(value) == true ? [] : ["\(place): \(value) is none of \(rule)"]
            case "const": return rule == value ? [] : ["\(place): \(value) is not \(rule)"]
            case "anyOf":
                let tries = (rule.array ?? []).map { findings(value, $0, at: place) }
                return tries.contains { $0.isEmpty } ? [] : tries.flatMap(\.self)
            case "required":
                return (rule.array ?? []).compactMap(\.string).filter { value[$0] == nil }.map { "\(place): no \($0)" }
            case "properties":
                return (rule.object ?? [:]).flatMap { name, rule in
                    value[name].map { findings($0, rule, at: "\(place).\(name)") } ?? []
                }
            case "additionalProperties":
                guard rule == false else { return [] }
                let known = rules["properties"]?.object ?? [:]
                return (value.object ?? [:]).keys.filter { known[$0] == nil }.map { "\(place): \($0) is not described" }
            case "items":
                return (value.array ?? []).enumerated().flatMap { findings($1, rule, at: "\(place)[\($0)]") }
            case "pattern":
                guard let text = value.string, let pattern = try? Regex(rule.string ?? "(") else {
                    return ["\(place): no pattern for \(value)"]
                }
                return text.wholeMatch(of: pattern) == nil ? ["\(place): \(text) is not \(rule)"] : []
            case "minimum", "maximum":
                guard let number = Self.number(value), let limit = Self.number(rule) else { return [] }
                return (key == "minimum" ? number >= limit : number <= limit) ? [] : ["\(place): \(number)"]
            case "minLength":
                return (value.string?.count ?? 0) >= (rule.integer ?? 0) ? [] : ["\(place): \(value) is too short"]
            case "description", "default": return []
            default: return ["\(place): this test does not know \(key)"]
            }
        }
    }

    private static func number(_ value: JSON) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private static func isOf(_ type: String, _ value: JSON) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer), ("number", .number),
            ("string", .string), ("array", .array), ("object", .object):
            true
        default: false
        }
    }
}
