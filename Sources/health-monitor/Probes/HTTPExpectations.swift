import KeepAliveKit

/// What an answer has to be like. Pure: an answer goes in, findings come out.
///
/// - `expectStatus`: status codes, and ranges such as `"200-299"`, which is what holds without any.
/// - `expectBody`: a text that the body has to contain.
/// - `jsonPath`: a place in a JSON body, such as `$.data.items[0].state`, that has to be there; with `equals`, that has
///   to have this value.
/// - `maxResponseTime`: seconds; an answer that takes longer is degraded.
struct HTTPExpectations: Sendable {
    let statuses: [ClosedRange<Int>]
    let text: [UInt8]?
    let path: JSONPath?
    let value: JSONValue?
    let maxResponseTime: Duration?

    init(reading section: ConfigurationSection) {
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
                let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
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

    /// Whether the status is one of those expected, and all that the body is not.
    func findings(status: Int, body: [UInt8], isCutOff: Bool) -> [String] {
        var findings: [String] = []
        if !statuses.contains(where: { $0.contains(status) }) { findings.append("it answered \(status)") }
        if let text, !body.contains(text) { findings.append("the body lacks the expected text") }
        if let path, let finding = finding(at: path, body, isCutOff: isCutOff) { findings.append(finding) }
        return findings
    }

    private func finding(at path: JSONPath, _ body: [UInt8], isCutOff: Bool) -> String? {
        guard !isCutOff else { return "the body is too long to look into for \(path.text)" }
        guard let root = try? JSONValue(parsing: body) else { return "the body is not JSON" }
        guard let found = path.value(in: root) else { return "the body has no \(path.text)" }
        guard let value, !Self.isSame(found, value) else { return nil }
        // What was found instead may be anybody's data: its kind is said, its text is not.
        let kind =
            switch found {
            case .string: "another text"
            case .array, .object, .null, .bool, .integer, .number: found.kind.line(limit: 60)
            }
        return "\(path.text) is \(kind), not \(value.kind.line(limit: 60))"
    }

    /// Numbers are the same however they are written.
    private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
        if let one = one.double, let other = other.double { return one == other }
        return one == other
    }
}
