import KeepAliveKit
import KeepAliveToolSupport

/// One object of the configuration file, read strictly. Every finding is collected with its path
/// (`targets[2].interval`). An unknown key is a finding too, because it is usually misspelt.
final class ConfigurationSection {
    /// All errors of the sections of one file.
    final class Findings {
        private(set) var all: [String] = []
        /// What is probably not meant, but prevents no start.
        fileprivate(set) var warnings: [String] = []
        /// Texts that no output may contain: values from variables, and values under names such as `token`.
        fileprivate(set) var secrets: [String] = []
        /// The variables that the file names by `$NAME`.
        fileprivate(set) var variables: Set<String> = []
        private var left: Int
        /// Two readers of one key find the same.
        private var seen: Set<String> = []

        /// - Parameter most: the findings of a file that is wrong in every line must not fill the memory.
        init(most: Int = 100_000) { left = most }

        func add(_ path: String, _ words: String) {
            let text = "\(path): \(words)"
            guard left >= 0, seen.insert(text).inserted else { return }
            left -= 1
            all.append(left >= 0 ? URLCredentials.hidden(text) : "there are more findings: fix these first")
        }
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

    /// The keys as written, and the values of the variables that they name.
    struct Contents: Sendable, Equatable {
        let values: [String: JSONValue]
        let variables: [String: String]
    }

    var contents: Contents {
        let names = VariableText.names(in: .object(values))
        return Contents(values: values, variables: environment.filter { names.contains($0.key) })
    }

    /// A key's path for people.
    func place(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func refuse(_ key: String, _ words: String) { findings.add(place(of: key), words) }

    func warn(_ key: String, _ words: String) { findings.warnings.append("\(place(of: key)): \(words)") }

    /// The value of a key; nil if it is missing or null.
    func value(_ key: String) -> JSONValue? {
        known.insert(key)
        guard let value = values[key], value != .null else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    // MARK: Kinds of values

    /// A text that is not empty. `$NAME` and `${NAME}` in it stand for environment variables, so that secrets stay out
    /// of the file; `$$` is a dollar sign.
    func optionalString(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value, !text.isEmpty else {
            refuse(key, "\(value.kind) is not allowed: give a text")
            return nil
        }
        return expanded(text, key)
    }

    private func expanded(_ text: String, _ key: String) -> String? {
        let isSecret = Self.isSecret(key)
        let template: VariableText
        do throws(VariableText.Fault) {
            template = try VariableText(text)
        } catch {
            refuse(key, "\(error.reference) is not a variable: give ${NAME}, or $$ for a dollar sign")
            return nil
        }
        findings.variables.formUnion(template.names)
        var isWhole = true
        for name in template.names where (environment[name] ?? "").isEmpty {
            refuse(
                key,
                "the environment has no \(name): set it, or give the value here ($$\(name) means the text $\(name))")
            isWhole = false
        }
        guard isWhole else { return nil }
        // A part of a text is often a host or port, which logs have to name; they name a monitor's place, too.
        let isHidden = template.isOneVariable && key != "vantage"
        for name in template.names where isSecret || isHidden || SecretNames.isSecret(name) {
            findings.secrets.append(environment[name] ?? "")
        }
        let value = template.value { environment[$0] ?? "" }
        if isSecret { findings.secrets.append(value) }
        // "Bearer x": a service may echo the second word alone.
        if key.lowercased().contains("authorization") {
            findings.secrets += value.split(separator: " ").dropFirst().map(String.init)
        }
        return value
    }

    /// A text that no output may contain.
    func hide(_ secret: String) { findings.secrets.append(secret) }

    /// Any value, with the variables in its texts replaced; nil if it is missing.
    func expanded(_ key: String) -> JSONValue? { value(key).map { expanded($0, key) } }

    private func expanded(_ value: JSONValue, _ key: String) -> JSONValue {
        switch value {
        case .string(let text): .string(text.isEmpty ? "" : expanded(text, key) ?? "")
        case .array(let elements): .array(elements.enumerated().map { expanded($1, "\(key)[\($0)]") })
        case .object(let members):
            .object(Dictionary(uniqueKeysWithValues: members.map { ($0, expanded($1, "\(key).\($0)")) }))
        default: value
        }
    }

    static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["token", "password", "secret", "key", "auth", "cookie"].contains { key.contains($0) }
    }

    func string(_ key: String, default fallback: String) -> String { optionalString(key) ?? fallback }

    /// A required text. Without it the finding prevents the start, so the returned value is never used.
    func string(_ key: String) -> String {
        if !has(key) { refuse(key, "is missing: give a text") }
        return optionalString(key) ?? ""
    }

    func strings(_ key: String) -> [String] {
        guard let value = value(key) else { return [] }
        if case .string(let one) = value, !one.isEmpty { return expanded(one, key).map { [$0] } ?? [] }
        guard case .array(let elements) = value else {
            let what = value == "" ? "the text is empty" : "\(value.kind) is not allowed"
            refuse(key, "\(what): give a text or a list of texts")
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

    /// A time in seconds, with optional fractions.
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

    /// One of several words.
    func choice(_ key: String, _ words: [String], default fallback: String) -> String {
        guard let word = optionalString(key) else { return fallback }
        guard words.contains(word) else {
            refuse(key, "\"\(word.prefix(60))\" is not allowed: give one of \(words.joined(separator: ", "))")
            return fallback
        }
        return word
    }

    /// The kind that `type` names; nil for an unknown name.
    func kind<Kind>(of kinds: [Kind], named name: (Kind) -> String) -> Kind? {
        let type = string("type")
        let names = kinds.map(name)
        if let index = names.firstIndex(of: type) { return kinds[index] }
        if !type.isEmpty {
            refuse(
                "type",
                "\"\(type.prefix(40))\" is not allowed\(NearestWord.question(type, among: names))"
                    + ": give one of \(names.joined(separator: ", "))")
        }
        return nil
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

    /// Reports the unread keys. Call it after everything was read.
    func finish() {
        let unknown = values.keys.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return }
        let allowed = known.sorted().joined(separator: ", ")
        for key in unknown.sorted() {
            let question = NearestWord.question(key, among: known)
            refuse(key, "unknown key\(question.isEmpty ? ";" : question) allowed are \(allowed)")
        }
    }

    /// Whole numbers without a decimal point.
    private static func words(_ range: ClosedRange<Double>) -> String {
        [range.lowerBound, range.upperBound].map { bound in
            Int64(exactly: bound).map { "\($0)" } ?? "\(bound)"
        }.joined(separator: " to ")
    }
}
