import Foundation

/// The tables of docs/metrics.md.
enum MetricsManual {
    static func text() throws -> String {
        try String(contentsOf: Dashboard.repository.appending(path: "docs/metrics.md"), encoding: .utf8)
    }

    /// Every line about a Prometheus metric.
    static func lines() throws -> Set<String> {
        Set(
            try text().split(separator: "\n").map(String.init).filter { line in
                ["| `keepalive_", "| `process_"].contains { line.hasPrefix($0) }
            })
    }

    /// The lines for a text of format 0.0.4: name, type, labels, help.
    static func lines(of metrics: String) -> Set<String> {
        var (kinds, helps): ([String: String], [String: String]) = ([:], [:])
        var names: [String] = []
        var labels: [String: [String]] = [:]
        for line in metrics.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP "), words.count == 4 {
                helps[words[2]] = words[3]
                names.append(words[2])
            } else if line.hasPrefix("# TYPE "), words.count == 4 {
                kinds[words[2]] = words[3]
            } else if let name = names.last, let open = line.firstIndex(of: "{") {
                for match in line[open...].matches(of: /[{,](\w+)="/) where match.1 != "le" {
                    if !labels[name, default: []].contains(String(match.1)) {
                        labels[name, default: []].append(String(match.1))
                    }
                }
            }
        }
        return Set(
            names.map { name in
                let shown = (labels[name] ?? []).map { "`\($0)`" }.joined(separator: " ")
                return "| `\(name)` | \(kinds[name] ?? "") | \(shown) | \(helps[name] ?? "") |"
            })
    }
}
