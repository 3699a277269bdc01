import Foundation
import Testing

/// docs/troubleshooting.md begins with symptoms: each quoted log line exists in a program.
struct TroubleshootingTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All text of the sources, each file on one line, with long literals joined.
    private static func sources() throws -> String {
        let folder = root.appending(path: "Sources")
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
            .joined().replacing(/"\s*\+ "/, with: "")
    }

    @Test func theLinesThatAreQuotedAreWritten() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/troubleshooting.md"), encoding: .utf8)
        let section = text.components(separatedBy: "## Log lines")[1].components(separatedBy: "\n## ")[0]
        let quotes = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
            line.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
        }
        #expect(quotes.count > 10)
        let sources = try Self.sources()
        for quote in quotes {
            // Numbers and names match the source's values.
            for part in quote.split(separator: /\d+( s)?|…|"[^"]*"/) {
                let words = part.trimmingCharacters(in: .whitespaces)
                if words.count > 3 { #expect(sources.contains(words), "\(quote): no source has \"\(words)\"") }
            }
        }
    }
}
