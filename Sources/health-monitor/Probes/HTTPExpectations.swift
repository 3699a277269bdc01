import KeepAliveCurl
import KeepAliveKit

/// The target's requirements for an answer. Pure: takes an answer, returns findings.
///
/// - `expectStatus`: status codes and ranges; the default is `"200-299"`.
/// - `expectBody`: a text that the body must contain.
/// - `jsonPath`: a place in a JSON body, such as `$.data.items[0].state`, that must exist; with `equals` it must have
///   this value.
/// - `maxResponseTime`: seconds; a slower answer is degraded.
struct HTTPExpectations: Sendable {
    let statuses: [ClosedRange<Int>]
    let text: [UInt8]?
    let path: JSONPath?
    let value: JSONValue?
    let maxResponseTime: Duration?
    /// Whether the target states requirements, instead of using the defaults.
    let areExplicit: Bool

    init(reading section: ConfigurationSection) {
        areExplicit = ["expectStatus", "expectBody", "jsonPath"].contains { section.has($0) }
        statuses = Self.statuses(section)
        text = section.optionalString("expectBody").map { Array($0.utf8) }
        maxResponseTime =
            section.has("maxResponseTime")
            ? section.seconds("maxResponseTime", in: 0.001...300, default: .seconds(300)) : nil
        value = section.value("equals")
        if let words = section.optionalString("jsonPath") {
            path = JSONPath(words)
            if path == nil {
                section.refuse(
                    "jsonPath", "\"\(words.prefix(60))\" is not allowed: give a path such as $.data[0].state")
            }
        } else {
            path = nil
            if value != nil { section.refuse("equals", "there is no jsonPath to compare") }
        }
        switch value {
        case .array, .object:
            section.refuse("equals", "a list or an object is not allowed: give a text, number or flag")
        default: break
        }
    }

    private static func statuses(_ section: ConfigurationSection) -> [ClosedRange<Int>] {
        guard let value = section.value("expectStatus") else { return [200...299] }
        let ranges = (value.elements ?? [value]).compactMap { element -> ClosedRange<Int>? in
            switch element {
            case .integer(let code):
                if (100...599).contains(code), let code = Int(exactly: code) { return code...code }
            case .string(let text):
                let ends = text.split(separator: "-", omittingEmptySubsequences: false)
                    .map { $0.isDigits ? Int($0) : nil }
                if let first = ends.first, let first, let last = ends.last, let last, ends.count <= 2, first <= last,
                    first >= 100, last <= 599
                {
                    return first...last
                }
            default: break
            }
            section.refuse("expectStatus", "\(element.kind) is not allowed: give 200 or \"200-299\"")
            return nil
        }
        if value.elements?.isEmpty == true { section.refuse("expectStatus", "the list is empty") }
        return ranges
    }

    func expects(status: Int) -> Bool { statuses.contains { $0.contains(status) } }

    /// The expected statuses in words: `200–299, 401`.
    var statusWords: String {
        statuses.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            .joined(separator: ", ")
    }

    /// All unmet requirements except the status.
    ///
    /// - Parameter text: the body as UTF-8.
    func findings(_ response: HTTPClientResponse, text body: [UInt8]) -> [String] {
        var findings: [String] = []
        let part =
            response.isUndecodable
            ? " (it does not match its Content-Encoding)"
            : response.isCutOff ? " in its first \(response.body.count / 1024) KiB, and no more was read" : ""
        // Also search the raw body: the author of the requirement may have copied bytes.
        if let text, !body.contains(text), !response.body.contains(text) {
            findings.append("the body lacks the expected text\(part)")
        }
        if let path, let finding = finding(at: path, body, response) { findings.append(finding) }
        return findings
    }

    private func finding(at path: JSONPath, _ body: [UInt8], _ response: HTTPClientResponse) -> String? {
        guard !response.isCutOff else {
            return
                "the body is too long to look for \(path.text): only its first \(response.body.count / 1024) KiB were read"
        }
        guard let root = try? JSONValue(parsing: body) else {
            return response.isUndecodable
                ? "the body does not match its Content-Encoding" : "the body is not JSON"
        }
        guard let found = path.value(in: root) else { return "the body has no \(path.text)" }
        // Numbers are parsed to their value, whatever their notation.
        guard let value, found != value else { return nil }
        // The value found may be private data, so the finding names only its kind.
        let kind =
            switch found {
            case .string: "another text"
            case .array, .object, .null, .bool, .integer, .number: found.kind.line(limit: 60)
            }
        return "\(path.text) is \(kind), not \(value.kind.line(limit: 60))"
    }
}
