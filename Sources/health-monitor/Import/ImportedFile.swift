import KeepAliveKit
import KeepAliveToolSupport

/// Another program's configuration as ours, and what could not be carried over. Pure.
struct ImportedFile {
    typealias Entry = [(key: String, value: JSONValue)]

    /// The file's own keys, before the lists.
    var settings: Entry = []
    var targets: [Entry] = []
    var channels: [Entry] = []
    var maintenance: [Entry] = []
    /// Each thing that was left out, with its reason.
    private(set) var losses: [String] = []
    /// The values of secrets, by variable.
    private(set) var secrets: [(name: String, value: String)] = []
    /// The types of targets that this version knows.
    var targetTypes: Set<String> = []

    init(targetTypes: Set<String>) {
        self.targetTypes = targetTypes
    }

    /// Notes that something was left out.
    mutating func lose(_ what: String, _ why: String) {
        losses.append("\(what.filter { !$0.isNewline }.prefix(120)): \(why)")
    }

    /// A variable for a secret; the file gets `$NAME` instead of the value.
    mutating func secret(_ value: String, for words: String...) -> JSONValue {
        let letters = words.joined(separator: "_").uppercased().map {
            $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_"
        }
        let name = String(letters).split(separator: "_").joined(separator: "_")
        let base = name.isEmpty || name.first?.isNumber == true ? "SECRET_\(name)" : name
        var unique = base
        var count = 2
        while let taken = secrets.first(where: { $0.name == unique }), taken.value != value {
            unique = "\(base)_\(count)"
            count += 1
        }
        if !secrets.contains(where: { $0.name == unique }) { secrets.append((unique, value)) }
        return .string("$\(unique)")
    }

    /// A text that stands for itself: a dollar sign begins a variable in our file.
    static func literal(_ text: String) -> JSONValue { .string(text.replacing("$", with: "$$")) }

    /// A name that no earlier target has: ours must be unique.
    func uniqueName(_ name: String, group: String?) -> String {
        let taken = Set(targets.compactMap { $0.first { $0.key == "name" }?.value.text })
        let plain = name.replacing("$", with: "$$")
        var tries = [plain, group.map { "\($0.replacing("$", with: "$$")) / \(plain)" } ?? plain]
        tries += (2...9999).lazy.map { "\(plain) (\($0))" }.prefix(taken.count + 1)
        return tries.first { !taken.contains($0) } ?? plain
    }

    // MARK: Text

    /// The configuration as JSON5.
    func text(from source: String) -> String {
        func line(_ entry: Entry) -> String {
            "{ " + entry.map { "\($0.key): \($0.value.json)" }.joined(separator: ", ") + " }"
        }
        func list(_ key: String, _ entries: [Entry]) -> String {
            entries.isEmpty ? "" : "  \(key): [\n" + entries.map { "    \(line($0)),\n" }.joined() + "  ],\n"
        }
        let left = losses.map { "//   \($0)\n" }.joined()
        return "// Imported from \(source).\n// Check it: health-monitor --check-config --config FILE\n"
            + (left.isEmpty ? "" : "// Not carried over:\n\(left)") + "{\n"
            + settings.map { "  \($0.key): \($0.value.json),\n" }.joined() + list("maintenance", maintenance)
            + list("channels", channels) + list("targets", targets) + "}\n"
    }

    /// The secrets as lines of an environment file.
    var environment: String {
        secrets.map { secret in
            let quoted = secret.value.contains {
                !$0.isASCII || !($0.isLetter || $0.isNumber || "-_./:@+=".contains($0))
            }
            return "\(secret.name)=\(quoted ? "'\(secret.value.replacing("'", with: "'\\''"))'" : secret.value)\n"
        }.joined()
    }
}

/// A JSON object whose keys several versions spell differently: `push_token`, `pushToken`.
struct LooseObject {
    private let values: [String: JSONValue]

    init(_ values: [String: JSONValue]) {
        self.values = Dictionary(
            values.map { ($0.key.lowercased().filter { $0 != "_" && $0 != "-" }, $0.value) },
            uniquingKeysWith: { first, _ in first })
    }

    init?(_ value: JSONValue?) {
        guard case .object(let values)? = value else { return nil }
        self.init(values)
    }

    var keys: [String] { values.keys.sorted() }

    subscript(key: String) -> JSONValue? { values[key].flatMap { $0 == .null ? nil : $0 } }

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
