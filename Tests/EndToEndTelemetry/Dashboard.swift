import Foundation
import TestSupport

/// A Grafana dashboard of the repository.
struct Dashboard {
    struct Query {
        let panel: String
        let expression: String
    }

    let document: JSON

    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "dashboards/\(name)")
    }

    init(_ name: String) throws {
        document = try JSON(parsing: try Data(contentsOf: Self.file(name)))
    }

    var panels: [JSON] { (document["panels"]?.array ?? []).filter { $0["type"] != "row" } }

    /// Every panel's queries, with what Grafana would put in place of its variables.
    var queries: [Query] {
        panels.flatMap { panel in
            (panel["targets"]?.array ?? []).map { target in
                var text = target["expr"]?.string ?? ""
                for (name, value) in [
                    ("$__rate_interval", "1m"), ("$__range", "1h"), ("$job", ".*"), ("$instance", ".*"),
                    ("$service", ".*"),
                ] {
                    text = text.replacingOccurrences(of: name, with: value)
                }
                return Query(panel: panel["title"]?.string ?? "", expression: text)
            }
        }
    }
}
