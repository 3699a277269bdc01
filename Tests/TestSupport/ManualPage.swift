import Foundation

/// A manual page of docs/man in mdoc(7), compared with its program's `--help` and with the variables in its sources. A
/// change in one of them reveals what the others lack.
public struct ManualPage {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Variables without an underscore in help texts; other words in capitals are placeholders.
    private static let shortVariables: Set<String> = ["PORT", "HOST", "TERM", "LANG", "COLUMNS"]

    /// The page's path.
    public let path: String

    /// `--check`; the page has `.Fl -check`.
    public private(set) var flags: Set<String> = []

    /// `LOG_LEVEL`; the page has `.Ev LOG_LEVEL`.
    public private(set) var variables: Set<String> = []

    /// The keys in a list, such as `q`; the page has `.It Ic q`.
    public private(set) var keys: Set<String> = []

    /// The headings.
    public private(set) var sections: Set<String> = []

    /// Reads a page by its file name, such as `health-check.1`.
    public init(_ name: String) throws {
        let file = Self.repository.appending(path: "docs/man/\(name)")
        self.init(path: file.path, text: try String(contentsOf: file, encoding: .utf8))
    }

    init(path: String, text: String) {
        self.path = path
        for line in text.split(separator: "\n") where line.hasPrefix(".") {
            let words = line.dropFirst().split(separator: " ").map(String.init)
            if words.first == "Sh" { sections.insert(words.dropFirst().joined(separator: " ")) }
            if words.starts(with: ["It", "Ic"]) {
                // \& marks literal punctuation.
                keys.formUnion(
                    words.dropFirst(2).filter { $0 != "," && $0 != "Ic" }.map { $0.replacing(#"\&"#, with: "") })
            }
            for (index, word) in words.enumerated() {
                let rest = words[(index + 1)...]
                if word == "Fl", let flag = rest.first { flags.insert("-" + flag) }
                if word == "Ev" {
                    variables.formUnion(rest.prefix { $0 == "," || Self.isName($0) }.filter(Self.isName))
                }
            }
        }
        variables.remove("PATH")
    }

    /// The differences between page and help texts, missing entries, and too long lines of the help.
    ///
    /// - Parameters:
    ///   - flags: every flag of the program, if the help texts are summaries of one screen each (24 lines). Those may
    ///     leave out flags and variables, but the page must have them all.
    public func differences(from helpTexts: String..., flags known: [String]? = nil) -> [String] {
        // The examples may use another program's flags.
        let words = helpTexts.flatMap { Self.words(of: $0.components(separatedBy: "\nExamples:")[0]) }
        let helpFlags = Set(words.filter { $0.hasPrefix("-") })
        let helpVariables = Set(words.filter(Self.isVariable))
        var findings = Self.compare(flags, helpFlags.union(known ?? []))
        findings += Self.compare(variables, known == nil ? helpVariables : helpVariables.union(variables))
        for section in [
            "NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "SIGNALS", "EXAMPLES",
        ]
        where !sections.contains(section) {
            findings.append("the page has no section \(section)")
        }
        for text in helpTexts {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines where line.count > 80 {
                findings.append("--help has a line of \(line.count) columns: \(line)")
            }
            if known != nil, lines.count > 24 { findings.append("--help has \(lines.count) lines, a screen has 24") }
            let file = URL(filePath: path)
            // Where it is installed, and where the sources are.
            let pages = ["man \(file.deletingPathExtension().lastPathComponent)", "docs/man/\(file.lastPathComponent)"]
            for word in ["Usage:", "Exit codes", "Examples:"] + pages
            where !text.contains(word) {
                findings.append("--help has no \(word)")
            }
        }
        return findings
    }

    /// The variables that a folder or file of Sources reads by name, but the page lacks.
    ///
    /// - Parameter others: names that look like variables but are none.
    public func variablesMissing(from source: String, others: Set<String> = []) throws -> Set<String> {
        let place = Self.repository.appending(path: "Sources/\(source)")
        let files =
            place.pathExtension == "swift"
            ? [place]
            : FileManager.default.enumerator(at: place, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
                ?? []
        var names: Set<String> = []
        for file in files where file.pathExtension == "swift" && !file.lastPathComponent.hasSuffix("+Help.swift") {
            let literals = try String(contentsOf: file, encoding: .utf8).split(separator: "\"").map(String.init)
            names.formUnion(literals.filter(Self.isVariable))
        }
        return names.subtracting(others).subtracting(variables)
    }

    /// The variables in an example `.env` file.
    public static func variables(ofExample name: String) throws -> Set<String> {
        let text = try String(contentsOf: repository.appending(path: name), encoding: .utf8)
        let names = text.split(separator: "\n").compactMap { line -> String? in
            let parts = line.drop { $0 == "#" }.split(separator: "=", omittingEmptySubsequences: false)
            return parts.count > 1 && isName(String(parts[0])) ? String(parts[0]) : nil
        }
        return Set(names)
    }

    private static func words(of text: String) -> [String] {
        text.split { !$0.isASCII || !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }.map(String.init)
    }

    private static func isName(_ word: String) -> Bool {
        word.first?.isUppercase == true
            && word.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
    }

    private static func isVariable(_ word: String) -> Bool {
        isName(word) && (word.contains("_") || shortVariables.contains(word))
    }

    private static func compare(_ page: Set<String>, _ help: Set<String>) -> [String] {
        page.subtracting(help).sorted().map { "the page has \($0), --help has not" }
            + help.subtracting(page).sorted().map { "--help has \($0), the page has not" }
    }
}
