import Foundation

/// A plugin's line, parsed by the Nagios plugin guidelines:
/// `SERVICE STATUS - text | 'label'=value[UOM];[warn];[crit];[min];[max] …`.
struct NagiosLine {
    let service: String
    let status: String
    let text: String
    let data: [String: String]

    /// Nil if the line breaks the grammar.
    init?(_ line: String) {
        let head = /([A-Z]+) (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n\r]+?)(?: \| ([^|\n\r]+))?/
        guard let match = line.wholeMatch(of: head) else { return nil }
        service = String(match.1)
        status = String(match.2)
        text = String(match.3)
        var data: [String: String] = [:]
        let entry = /([a-zA-Z_][a-zA-Z_0-9]*)=(-?[0-9]+(?:\.[0-9]+)?(?:us|ms|s|%|B|KB|MB|TB|c)?(?:;[-0-9.:~@]*){0,4})/
        for part in (match.4 ?? "").split(separator: " ", omittingEmptySubsequences: false) where match.4 != nil {
            guard let found = part.wholeMatch(of: entry), data[String(found.1)] == nil else { return nil }
            data[String(found.1)] = String(found.2)
        }
        self.data = data
    }
}
