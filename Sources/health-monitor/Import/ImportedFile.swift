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
    /// The variables that its texts name, and that the environment does not have.
    var missingVariables: Set<String> = []
    /// The types of targets that this version knows.
    var targetTypes: Set<String> = []

    init(targetTypes: Set<String>) {
        self.targetTypes = targetTypes
    }

    /// Notes that something was left out.
    mutating func lose(_ what: String, _ why: String) {
        // One line: the losses are comments of the written file.
        losses.append("\(what.filter { !$0.isNewline }.prefix(120)): \(why)".singleLine)
    }

    /// The nearest number that our file takes; a change is noted.
    mutating func bounded<Number: Comparable>(
        _ value: Number, _ range: ClosedRange<Number>, of what: String, _ key: String
    ) -> Number {
        let own = min(max(value, range.lowerBound), range.upperBound)
        if own != value {
            func words(_ number: Number) -> String { "\(number)".replacing(/\.0$/, with: "") }
            lose(what, "its \(key) of \(words(value)): \(words(own)) is the nearest that is there")
        }
        return own
    }

    /// The beginning of a text that is too long here; a change is noted.
    mutating func shortened(_ text: String, to length: Int, of what: String) -> String {
        if text.count > length { lose(what, "\(text.count) characters are too long, so it ends after \(length)") }
        return String(text.prefix(length))
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

    /// Whether a field, a parameter or a variable of this name holds a secret; rather one too many than one too few.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["auth", "key", "token", "cookie", "secret", "pass", "signature", "credential", "session"]
            .contains { name.contains($0) } || ["sig", "code", "pwd", "dsn"].contains(name)
    }

    /// Whether a web address holds a password, or a secret parameter.
    static func holdsSecret(_ url: String) -> Bool {
        let url = url.utf8
        let rest = url.firstRange(of: "://".utf8).map { url[$0.upperBound...] } ?? url[...]
        if rest.prefix(while: { !"/?#".utf8.contains($0) }).contains(UInt8(ascii: "@")) { return true }
        let query = rest.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") }
        return query.split(separator: UInt8(ascii: "&")).contains { pair in
            guard let sign = pair.firstIndex(of: UInt8(ascii: "=")), pair.index(after: sign) < pair.endIndex else {
                return false
            }
            return isSecret(String(Substring(pair[..<sign])))
        }
    }

    /// Why a job's token cannot be taken.
    static func shortToken(_ token: String) -> String {
        "its token of \(token.utf8.count) characters is too easily guessed: add it with 8 or more, and tell its job"
    }

    /// Notes each key of an object that nobody has read, unless its value is empty, off or nothing.
    ///
    /// - Parameters:
    ///   - path: stands before each key.
    ///   - reasons: by key, in lower case without signs.
    mutating func loseRest(
        of row: LooseObject, _ what: String, path: String = "", reasons: [String: String] = [:],
        except ignored: (String, JSONValue) -> Bool = { _, _ in false }
    ) {
        for (key, spelling, value) in row.unread where !ignored(key, value) {
            lose(
                what,
                "\(path)\(spelling.limited(to: 60)): \(reasons[key] ?? "unknown to this import, not carried over")")
        }
    }

    /// A text that stands for itself: a dollar sign begins a variable in our file.
    static func literal(_ text: String) -> JSONValue { .string(VariableText.literal(text)) }

    /// A name that no earlier target has: ours must be unique.
    mutating func uniqueName(_ name: String, group: String?) -> String {
        let taken = Set(targets.compactMap { $0.first { $0.key == "name" }?.value.text })
        let plain = VariableText.literal(name.singleLine)
        var tries = [plain, group.map { "\(VariableText.literal($0)) / \(plain)" } ?? plain]
        tries += (2...9999).lazy.map { "\(plain) (\($0))" }.prefix(taken.count + 1)
        let unique = tries.first { !taken.contains($0) } ?? plain
        if unique != plain { lose("the name \"\(name)\"", "another target has it, so this one is \"\(unique)\"") }
        return unique
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
        return "// Imported from \(source.singleLine).\n// Check it: health-monitor --check-config --config FILE\n"
            + (left.isEmpty ? "" : "// Not carried over:\n\(left)") + "{\n"
            + settings.map { "  \($0.key): \($0.value.json),\n" }.joined() + list("maintenance", maintenance)
            + list("channels", channels) + list("targets", targets) + "}\n"
    }

    /// The secrets as lines of an environment file.
    var environment: String { secrets.map { "\($0.name)=\(Self.quoted($0.value))\n" }.joined() }

    /// A value as `.env` takes it. Single quotes take a text as it is, and so cannot hold one of themselves; they would
    /// also read a carriage return as a line end.
    private static func quoted(_ value: String) -> String {
        if value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@+=".contains($0)) }) { return value }
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\r") }) else {
            return "'\(value)'"
        }
        let letters = value.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\", "$": "\\\(scalar)"
            case "\r": "\\r"
            case "\n": "\\n"
            default: "\(scalar)"
            }
        }
        return "\"\(letters.joined())\""
    }
}
