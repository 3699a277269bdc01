import KeepAlivePlatform

/// Looks up variables by precedence: command-line flag, process environment, credentials, `.env`. It parses them
/// strictly and collects every finding instead of stopping at the first. ``VariableFiles`` reads values from files.
///
/// An empty value counts as unset, because Compose files and unit files write `NAME=` for "not set".
package struct Settings: Sendable {
    /// The findings so far: each line names the variable, the value and what is allowed.
    package var findings: [String] { (files?.findings ?? []) + noted }
    /// The system shortage that kept a file from being read; other findings are then uncertain.
    package var shortage: String? { environmentFileShortage ?? files?.shortage }
    /// What is odd in `.env`, and prevents nothing.
    package private(set) var warnings: [String] = []
    /// The variables that the program knows: each that it has looked up so far.
    package var known: Set<String> { files?.requested ?? [] }
    private var noted: [String] = []
    private var environmentFileShortage: String?
    private var files: VariableFiles?
    private let flags: [String: String]
    private let environment: [String: String]
    private let file: [String: String]

    /// Reads from the given sources alone, and no value from a file of its own.
    package init(flags: [String: String] = [:], environment: [String: String], file: [String: String] = [:]) {
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    /// Reads from the process's environment and a `.env` file.
    ///
    /// - Parameters:
    ///   - flags: values given on the command line, by variable name.
    ///   - path: a file that must exist; nil reads `.env` in the working directory if it exists.
    ///   - environment: the process's variables.
    package init(
        flags: [String: String] = [:], environmentFile path: String? = nil,
        in environment: [String: String] = Settings.processEnvironment
    ) {
        var findings: [String] = []
        var shortage: String?
        var file: [String: String] = [:]
        var repeated: Set<String> = []
        do throws(EnvironmentFile.Failure) {
            if let variables = try EnvironmentFile.read(path ?? ".env", onRepeat: { repeated.insert($0) }) {
                file = variables
            } else if let path {
                findings.append("--env-file \(path): the file does not exist; check the path")
            }
        } catch {
            findings.append(error.description)
            if error.isPassing { shortage = error.description }
        }
        self.init(flags: flags, environment: environment, file: file)
        warnings = repeated.sorted().map {
            "\(path ?? ".env") sets \($0) more than once, and the last value counts: remove the others"
        }
        noted = findings
        environmentFileShortage = shortage
        files = VariableFiles(environment: environment, file: file)
    }

    /// The variables of this process.
    package static var processEnvironment: [String: String] {
        RawEnvironment.variables
    }

    /// The texts that no output may show, by variable name.
    package var secrets: [String] {
        [flags, environment, file].flatMap(SecretNames.secrets)
            + secretFiles.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Secrets read from files of their own, as bytes.
    package var secretFiles: [[UInt8]] { files?.secrets ?? [] }

    /// All variables, each from the first source that has it. A value requested from a file replaces `NAME_FILE`.
    var variables: [String: String] {
        var variables = file.merging(environment.filter { !$0.value.isEmpty }) { $1 }.filter { !$0.value.isEmpty }
        for (name, value) in files?.resolved ?? [:] {
            variables[name] = value
            variables["\(name)_FILE"] = nil
        }
        return variables.merging(flags.filter { !$0.value.isEmpty }) { $1 }
    }

    /// The variables of the `.env` file, for a child's environment; a credential takes precedence.
    package var fileVariables: [String: String] {
        var variables = file
        for name in file.keys {
            let variable = VariableFiles.variable(behind: name) ?? name
            guard files?.credential(for: variable) != nil, environment[variable, default: ""].isEmpty else { continue }
            variables[name] = name == variable ? value(name) : nil
        }
        return variables
    }

    /// Variables for a child that may read no files: each of `names` that stands in a file has its value here, in place of
    /// `NAME_FILE`.
    package func resolving(_ names: [String], in variables: [String: String]) -> [String: String] {
        var variables = variables
        for name in names {
            guard value(name) != nil, let text = files?.resolved[name] else { continue }
            variables[name] = text
            if VariableFiles.variable(behind: "\(name)_FILE") != nil { variables["\(name)_FILE"] = nil }
        }
        return variables
    }

    /// The value of a variable, from the first source that has one.
    package func value(_ name: String) -> String? {
        if let value = flags[name], !value.isEmpty { return value }
        if let files { return files.value(of: name) }
        return [environment, file].lazy.compactMap { $0[name] }.first { !$0.isEmpty }
    }

    /// Notes a finding of the caller.
    package mutating func report(_ finding: String) {
        noted.append(finding)
    }

    /// Throws all findings, without secrets that were set in the wrong variable. A temporary shortage is thrown before
    /// findings, because it may have caused them.
    package func check() throws(KeepAliveError) {
        if let shortage { throw .system(shortage) }
        if !findings.isEmpty { throw .configuration(findings).hiding(secrets) }
    }

    /// A variable that must not be empty; if it is missing, the finding includes the remedy.
    package mutating func required(_ name: String, remedy: String) -> String? {
        if let value = value(name) { return value }
        if files?.hasFailed(name) != true { noted.append("\(name) is not set: \(remedy)") }
        return nil
    }

    /// A whole number within a range.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        guard let text = value(name) else { return standard }
        if isDecimal(text), let number = Int(text), range.contains(number) { return number }
        refuse(name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        return standard
    }

    /// A number of seconds within a range, with optional decimals.
    package mutating func seconds(
        _ name: String, in range: ClosedRange<Int>, default standard: Duration, or word: String? = nil
    ) -> Duration {
        guard let text = value(name) else { return standard }
        if let duration = Settings.duration(text), duration >= .seconds(range.lowerBound),
            duration <= .seconds(range.upperBound)
        {
            return duration
        }
        let rest = word.map { ", or \($0)" } ?? ""
        refuse(name, text, "a number of seconds from \(range.lowerBound) to \(range.upperBound)\(rest)")
        return standard
    }

    /// A number of seconds within a range, or `never`.
    mutating func silence(
        _ name: String, in range: ClosedRange<Int>, default standard: SilenceLimit
    ) -> SilenceLimit {
        guard let text = value(name) else { return standard }
        if text.lowercased() == "never" { return .never }
        return .after(seconds(name, in: range, default: standard.duration ?? .zero, or: "never"))
    }

    /// `true` or `false`; also `1`, `yes`, `on` and their opposites.
    package mutating func flag(_ name: String, default standard: Bool) -> Bool {
        guard let text = value(name) else { return standard }
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            refuse(name, text, "true or false")
            return standard
        }
    }

    /// One of a few words, in any case.
    package mutating func choice(_ name: String, of words: [String], default standard: String) -> String {
        guard let text = value(name) else { return standard }
        if words.contains(text.lowercased()) { return text.lowercased() }
        refuse(name, text, "one of \(words.joined(separator: ", "))")
        return standard
    }

    /// Notes that a value cannot be used.
    package mutating func refuse(_ name: String, _ value: String, _ allowed: String) {
        let visible = SecretNames.shown(name, value)
        let shown = visible.count > 60 ? visible.prefix(60) + "…" : visible[...]
        noted.append("\(name)=\"\(shown)\" is not allowed: give \(allowed)")
    }

    private func isDecimal(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// `5`, `0.25`: digits with at most one point. No signs, exponents, hexadecimal or "nan", unlike `Double`.
    package static func duration(_ text: String) -> Duration? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let whole = Int64(parts[0]), whole < 1 << 40
        else { return nil }
        guard parts.count == 2 else { return .seconds(whole) }
        let digits = parts[1].prefix(9)
        guard var fraction = Int64(digits) else { return nil }
        for _ in digits.utf8.count..<9 { fraction *= 10 }
        return .seconds(whole) + .nanoseconds(fraction)
    }
}
