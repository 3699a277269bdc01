import Foundation

/// A manual page of docs/man in mdoc(7), held beside what its program prints for `--help` and what its sources read: who
/// changes one of them is told of the others.
public struct ManualPage {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Names that help texts write without an underscore; other words in capitals stand for a value.
    private static let shortVariables: Set<String> = ["PORT", "HOST", "TERM", "LANG", "COLUMNS"]

    /// Where the page is.
    public let path: String

    /// `--check`, as the page writes `.Fl -check`.
    public private(set) var flags: Set<String> = []

    /// `LOG_LEVEL`, as the page writes `.Ev LOG_LEVEL`.
    public private(set) var variables: Set<String> = []

    /// The keys of a list of them, `q`, as the page writes `.It Ic q`.
    public private(set) var keys: Set<String> = []

    /// The headings.
    public private(set) var sections: Set<String> = []

    /// Reads a page by its file's name, such as `health-check.1`.
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
                // \& keeps a punctuation mark from being taken for one.
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

    /// What page and help texts do not both say, what they lack, and which of the help's lines are too long.
    ///
    /// - Parameters:
    ///   - flags: every flag of the program, where the help texts are summaries of one screen each (24 lines): those may
    ///     leave flags and variables to the page, and the page has to have them all.
    public func differences(from helpTexts: String..., flags known: [String]? = nil) -> [String] {
        // The examples' flags may be those of another program.
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
            for word in ["Usage:", "Exit codes", "Examples:", "docs/man/\(URL(filePath: path).lastPathComponent)"]
            where !text.contains(word) {
                findings.append("--help has no \(word)")
            }
        }
        return findings
    }

    /// The variables that a folder or file of Sources reads by their names, and the page does not have.
    ///
    /// - Parameter others: names that are written like those of variables and are none.
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

    /// The variables that an example of a `.env` file names.
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
