import Foundation
import Testing

@testable import KeepAliveHealthMonitor

/// The configuration in docs/: each block of JSON5 is valid, and each type is in its table.
struct DocumentationTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    private static func page(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: [
        "health-monitor/setup.md", "health-monitor/channels.md", "health-monitor/alerts.md", "health-monitor/api.md",
        "health-monitor/status-page.md", "health-monitor/vantages.md", "migrate/uptime-kuma.md", "migrate/gatus.md",
    ])
    func everyExampleIsAccepted(path: String) throws {
        let blocks = try Self.page(path).matches(of: /```json5\n([^`]*)```/).map { String($0.1) }
        #expect(blocks.isEmpty == false)
        for block in blocks {
            // Some blocks show a single key.
            let isWhole = block.contains(/^(\s*\/\/[^\n]*\n)*\s*\{/)
            let document = try JSONValue.readingJSON5(Array((isWhole ? block : "{\(block)}").utf8))
            guard case .object(let root) = document.value else {
                Issue.record("not an object: \(block)")
                continue
            }
            let names = block.matches(of: /\$([A-Z_]+)/).map { String($0.1) }
            let known = ["VANTAGE": "oslo", "MONITOR_DATABASE_URL": "postgres://monitor@db.example/monitor"]
            let environment = known.merging(names.map { ($0, "https://example.com/\($0)") }) { first, _ in first }
            do {
                _ = try MonitorConfiguration(root, repeatedKeys: document.repeatedKeys, environment: environment)
            } catch {
                Issue.record("\(error.findings)")
            }
        }
    }

    @Test func everyTypeStandsInItsTable() throws {
        let targets = try Self.page("health-monitor/targets.md")
        let rows = targets.split(separator: "\n").filter { $0.hasPrefix("| `") }
        for type in probeTypes { #expect(rows.contains { $0.prefix(30).contains("`\(type.type)`") }, "\(type.type)") }
        let channels = try Self.page("health-monitor/channels.md")
        for type in channelTypes { #expect(channels.contains("| `\(type.type)` |"), "\(type.type)") }
    }
}
