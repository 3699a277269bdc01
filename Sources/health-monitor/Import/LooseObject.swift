import KeepAliveKit

/// A JSON object whose keys several versions spell differently: `push_token`, `pushToken`.
struct LooseObject {
    private let values: [String: JSONValue]
    private let spellings: [String: String]
    /// Shared by its copies.
    private let reading = Reading()

    /// The keys that somebody has read.
    private final class Reading {
        var keys: Set<String> = []
    }

    init(_ values: [String: JSONValue]) {
        func plain(_ key: String) -> String { key.lowercased().filter { $0 != "_" && $0 != "-" } }
        self.values = Dictionary(values.map { (plain($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        spellings = Dictionary(values.keys.map { (plain($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    init?(_ value: JSONValue?) {
        guard case .object(let values)? = value else { return nil }
        self.init(values)
    }

    /// The keys that nobody has read, as the file spells them, with values that mean something.
    var unread: [(key: String, spelling: String, value: JSONValue)] {
        values.filter { !reading.keys.contains($0.key) && !Self.isEmpty($0.value) }.sorted { $0.key < $1.key }
            .map { ($0.key, spellings[$0.key] ?? $0.key, $0.value) }
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0): true
        case .string(let text): ["", "[]", "{}", "null"].contains(text)
        case .array(let elements): elements.isEmpty
        case .object(let values): values.values.allSatisfy(isEmpty)
        default: value.double == 0
        }
    }

    subscript(key: String) -> JSONValue? {
        reading.keys.insert(key)
        return values[key].flatMap { $0 == .null ? nil : $0 }
    }

    /// A value that does not count as read by this.
    func peek(_ key: String) -> JSONValue? { values[key] }

    /// Counts keys as read that need nothing here.
    func skip(_ keys: String...) { reading.keys.formUnion(keys) }

    /// A text that is not empty; numbers count as texts.
    func text(_ key: String) -> String? {
        switch self[key] {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): "\(number)"
        default: nil
        }
    }

    func integer(_ key: String) -> Int? { self[key].flatMap { $0.integer ?? $0.text.flatMap { Int($0) } } }

    /// SQLite and backups write 0 and 1 as well.
    func flag(_ key: String) -> Bool { self[key]?.flag ?? (integer(key).map { $0 != 0 } ?? false) }

    /// A list, or the list in a text of JSON.
    func list(_ key: String) -> [JSONValue] {
        if let elements = self[key]?.elements { return elements }
        guard let text = self[key]?.text, let value = try? JSONValue(parsing: Array(text.utf8)) else { return [] }
        return value.elements ?? []
    }
}
