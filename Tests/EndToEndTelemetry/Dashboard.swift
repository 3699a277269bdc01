import Foundation
import KeepAliveTestSupport

/// A Grafana dashboard of the repository.
struct Dashboard {
    struct Query {
        let panel: String
        let expression: String
    }

    let document: JSON

    static func file(_ name: String) -> URL { repository.appending(path: "dashboards/\(name)") }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    init(_ name: String) throws {
        document = try JSON(parsing: try Data(contentsOf: Self.file(name)))
    }

    var panels: [JSON] { (document["panels"]?.array ?? []).filter { $0["type"] != "row" } }

    /// The variables that come from Prometheus: the metric whose series are searched, and the label.
    var variables: [(series: String, label: String)] {
        (document["templating"]?["list"]?.array ?? []).compactMap { variable in
            guard let query = variable["query"]?["query"]?.string,
                let match = query.wholeMatch(of: /label_values\((.*), *(\w+)\)/)
            else { return nil }
            return (Self.filled(String(match.1)), String(match.2))
        }
    }

    private static func filled(_ query: String) -> String {
        var text = query
        for (name, value) in [
            ("$__rate_interval", "1m"), ("$__range", "1h"), ("$job", "keepalive-.*"), ("$instance", ".*"),
            ("$service", ".*"),
        ] {
            text = text.replacingOccurrences(of: name, with: value)
        }
        return text
    }

    /// Every panel's queries, with Grafana's values for its variables.
    var queries: [Query] {
        panels.flatMap { panel in
            (panel["targets"]?.array ?? []).map { target in
                Query(
                    panel: panel["title"]?.string ?? "", expression: Self.filled(target["expr"]?.string ?? ""))
            }
        }
    }
}
