/// One object of the configuration file, read strictly: every finding is collected with its path (`targets[2].interval`),
/// and a key that nobody asks for is a finding too, since it is usually a misspelt one.
final class ConfigurationSection {
    /// All that is wrong, across the sections of one file.
    final class Findings {
        private(set) var all: [String] = []
        /// What no output may hold: what came from a variable, and what stands under a name such as `token`.
        fileprivate(set) var secrets: [String] = []

        func add(_ path: String, _ words: String) { all.append("\(path): \(words)") }
    }

    let path: String
    let findings: Findings
    private let values: [String: JSONValue]
    private let environment: [String: String]
    private var known: Set<String> = []

    init(
        _ values: [String: JSONValue], path: String = "", findings: Findings = Findings(),
        environment: [String: String] = [:]
    ) {
        self.values = values
        self.path = path
        self.findings = findings
        self.environment = environment
    }

    /// Where a key is, as people write it.
    func place(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func refuse(_ key: String, _ words: String) { findings.add(place(of: key), words) }

    /// The value of a key; nil where it is missing or null.
    func value(_ key: String) -> JSONValue? {
        known.insert(key)
        guard let value = values[key], value != .null else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    // MARK: Kinds of values

    /// A text that is not empty; `$NAME` and `${NAME}` stand for the environment's variable, so that secrets stay out of
    /// the file.
    func optionalString(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value, !text.isEmpty else {
            refuse(key, "\(value.kind) is not allowed: give a text")
            return nil
        }
        return expanded(text, key)
    }

    private func expanded(_ text: String, _ key: String) -> String? {
        guard let name = Self.variable(text) else {
            if Self.isSecret(key) { findings.secrets.append(text) }
            return text
        }
        guard let found = environment[name], !found.isEmpty else {
            refuse(key, "the environment has no \(name): set it, or give the value here")
            return nil
        }
        findings.secrets.append(found)
        return found
    }

    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["token", "password", "secret", "key", "auth", "cookie"].contains { key.contains($0) }
    }

    func string(_ key: String, default fallback: String) -> String { optionalString(key) ?? fallback }

    /// A text that must be there; what it returns where it is not is never used, since the finding ends the start.
    func string(_ key: String) -> String {
        if !has(key) { refuse(key, "is missing: give a text") }
        return optionalString(key) ?? ""
    }

    func strings(_ key: String) -> [String] {
        guard let value = value(key) else { return [] }
        if case .string(let one) = value { return expanded(one, key).map { [$0] } ?? [] }
        guard case .array(let elements) = value else {
            refuse(key, "\(value.kind) is not allowed: give a list of texts")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            if case .string(let text) = element, !text.isEmpty { return expanded(text, "\(key)[\(index)]") }
            refuse("\(key)[\(index)]", "\(element.kind) is not allowed: give a text")
            return nil
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        guard let value = value(key) else { return fallback }
        guard case .integer(let number) = value, let number = Int(exactly: number), range.contains(number) else {
            refuse(
                key,
                "\(value.kind) is not allowed: give a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return number
    }

    func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double) -> Double {
        guard let value = value(key) else { return fallback }
        guard let number = value.double, range.contains(number) else {
            refuse(key, "\(value.kind) is not allowed: give a number from \(Self.words(range))")
            return fallback
        }
        return number
    }

    func optionalNumber(_ key: String, in range: ClosedRange<Double>) -> Double? {
        has(key) ? number(key, in: range, default: range.lowerBound) : nil
    }

    /// A time in seconds, fractions allowed.
    func seconds(_ key: String, in range: ClosedRange<Double>, default fallback: Duration) -> Duration {
        guard let value = value(key) else { return fallback }
        guard let number = value.double, range.contains(number) else {
            refuse(
                key,
                "\(value.kind) is not allowed: give seconds from \(Self.words(range))")
            return fallback
        }
        return .seconds(number)
    }

    func flag(_ key: String, default fallback: Bool) -> Bool {
        guard let value = value(key) else { return fallback }
        guard case .bool(let flag) = value else {
            refuse(key, "\(value.kind) is not allowed: give true or false")
            return fallback
        }
        return flag
    }

    /// One of a few words.
    func choice(_ key: String, _ words: [String], default fallback: String) -> String {
        guard let word = optionalString(key) else { return fallback }
        guard words.contains(word) else {
            refuse(key, "\"\(word.prefix(60))\" is not allowed: give one of \(words.joined(separator: ", "))")
            return fallback
        }
        return word
    }

    // MARK: Sections

    func section(_ key: String) -> ConfigurationSection? {
        guard let value = value(key) else { return nil }
        return section(value, key)
    }

    func sections(_ key: String) -> [ConfigurationSection] {
        guard let value = value(key) else { return [] }
        guard case .array(let elements) = value else {
            refuse(key, "\(value.kind) is not allowed: give a list of objects")
            return []
        }
        return elements.enumerated().compactMap { section($1, "\(key)[\($0)]") }
    }

    private func section(_ value: JSONValue, _ key: String) -> ConfigurationSection? {
        guard case .object(let values) = value else {
            refuse(key, "\(value.kind) is not allowed: give an object")
            return nil
        }
        return ConfigurationSection(values, path: place(of: key), findings: findings, environment: environment)
    }

    /// Reports the keys that nobody asked for. Called once everything was read.
    func finish() {
        for key in values.keys.sorted() where !known.contains(key) {
            refuse(key, "there is no such key; allowed are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// Without the point that whole numbers do not need.
    private static func words(_ range: ClosedRange<Double>) -> String {
        [range.lowerBound, range.upperBound].map { bound in
            Int64(exactly: bound).map { "\($0)" } ?? "\(bound)"
        }.joined(separator: " to ")
    }

    private static func variable(_ text: String) -> String? {
        guard text.first == "$" else { return nil }
        var name = text.dropFirst()
        if name.first == "{", name.last == "}" { name = name.dropFirst().dropLast() }
        let isName =
            name.utf8.allSatisfy {
                $0 == UInt8(ascii: "_")
                    || ($0 < 128 && (Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber))
            }
            && name.first?.isNumber == false
        return isName ? String(name) : nil
    }
}
