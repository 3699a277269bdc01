import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The table of docs/configuration.md, compared with the sources and the manual pages.
struct VariableTableTests {
    private struct Row {
        let name: String
        let `default`: String
        let allowed: String
        let programs: Set<String>
    }

    private static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private let rows: [Row]

    init() throws {
        let text = try String(contentsOf: Self.repository.appending(path: "docs/configuration.md"), encoding: .utf8)
        rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 5 else { return nil }
            return Row(
                name: cells[0].filter { $0 != "`" }, default: cells[2], allowed: cells[3],
                programs: Set(cells[4].components(separatedBy: ", ")))
        }
    }

    /// The rows of a program; a bot built on the kit also reads the kit's variables.
    private func names(of program: String) -> Set<String> {
        let readers: Set = program == "casino-bot" ? [program, "bot"] : [program]
        return Set(rows.filter { !$0.programs.isDisjoint(with: readers) }.map(\.name))
    }

    private func sources(_ place: String) throws -> String {
        let folder = Self.repository.appending(path: "Sources/\(place)")
        let files =
            folder.pathExtension == "swift"
            ? [folder]
            : FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
                ?? []
        return try files.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    }

    /// Texts that look like variables: names of secrets, notifications, variables that are passed on or withheld.
    private static let others: Set = [
        "API_KEY", "X_KEEPALIVE_PORT", "X_KEEPALIVE_HOST", "EXTEND_TIMEOUT_USEC", "MONOTONIC_USEC", "LISTEN_FDS",
        "LISTEN_PID", "LISTEN_FDNAMES", "KEEPALIVE_STATE_FILE_FILE", "X_KEEPALIVE_HANDOVER", "LEASE_URL_FILE", "LC_ALL",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "SAME_AS_SERVER", "SQL_ASCII",
    ]
    /// The places of secrets and state, which have their own sections in the page.
    private static let inSections: Set = ["CREDENTIALS_DIRECTORY", "XDG_STATE_HOME", "STATE_DIRECTORY", "NAME_FILE"]

    @Test func everyVariableStandsOnce() {
        #expect(rows.count > 50)
        #expect(Dictionary(grouping: rows, by: \.name).filter { $1.count > 1 }.keys.sorted() == [])
    }

    @Test(arguments: [
        ("casino-bot", "casino-bot"), ("KeepAliveKit/Configuration/Configuration.swift", "casino-bot"),
        ("launcher", "launcher"), ("health-check", "health-check"), ("health-monitor", "health-monitor"),
    ])
    func everyVariableThatIsReadIsThere(place: String, program: String) throws {
        let literals = try sources(place).matches(of: /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/).map { String($0.1) }
        #expect(literals.isEmpty == false)
        #expect(
            Set(literals).subtracting(Self.others).subtracting(Self.inSections).subtracting(names(of: program)) == [])
    }

    @Test(arguments: ["casino-bot.1", "health-check.1", "launcher.8", "health-monitor.8"])
    func theManualPagesHaveTheSameVariables(page: String) throws {
        let program = String(page.dropLast(2))
        let variables = try ManualPage(page).variables
        #expect(variables.symmetricDifference(names(of: program)).subtracting(Self.inSections).sorted() == [])
    }

    @Test func theRangesAreThoseOfTheSources() throws {
        let text = try ["KeepAliveKit/Configuration", "casino-bot", "launcher", "health-monitor"].map(sources).joined()
        var ranges: [String: Set<String>] = [:]
        for match in text.matches(of: /"([A-Z][A-Z_]+)",\s*(?:for: "\w+",\s*)?in: (\w+)\.\.\.(\w+)/) {
            let ends = [match.2, match.3].map { $0 == "aDay" ? "86400" : $0.filter { $0 != "_" } }
            ranges[String(match.1), default: []].insert("\(ends[0]) to \(ends[1])")
        }
        #expect(ranges.count > 15)
        for (name, ranges) in ranges {
            let row = try #require(rows.first { $0.name == name }, "\(name) is not in the table")
            #expect(
                ranges.contains { row.allowed.hasPrefix($0) }, "\(name): \(row.allowed), but the source has \(ranges)")
        }
    }

    /// A variable set to its default changes nothing.
    @Test func theDefaultsOfTheKitAreItsOwn() throws {
        let texts = rows.filter { $0.programs.contains("bot") }.compactMap { row in
            row.default.prefixMatch(of: /`([^`]+)`/).map { (row.name, String($0.1)) }
        }
        #expect(texts.count > 8)
        for (name, text) in texts {
            #expect(try Configuration(variables: [name: text]) == Configuration(), "\(name)=\(text)")
        }
    }
}
