/// A way into a JSON value: `$.data.items[0].state`, `$['odd name']`, `$.items[-1]` for the last one. Pure.
///
/// A part of RFC 9535: names and indices, which lead to one value at most; no wildcards, slices and filters.
struct JSONPath: Sendable, Equatable {
    private enum Step: Equatable {
        case name(String)
        case index(Int)
    }

    private let steps: [Step]
    let text: String

    /// Reads a path; nil when it is malformed. The `$` may be left out.
    init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "$" {
            rest.removeFirst()
        } else if rest.first != "[" {
            rest = "." + rest
        }
        var steps: [Step] = []
        while let first = rest.popFirst() {
            switch first {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty, !name.contains(where: { "*]'\"?".contains($0) }) else { return nil }
                steps.append(.name(String(name)))
                rest.removeFirst(name.count)
            case "[":
                guard let quote = rest.first else { return nil }
                if quote == "'" || quote == "\"" {
                    rest.removeFirst()
                    let name = rest.prefix { $0 != quote }
                    rest.removeFirst(name.count)
                    guard rest.popFirst() == quote, rest.popFirst() == "]" else { return nil }
                    steps.append(.name(String(name)))
                } else {
                    let digits = rest.prefix { $0 != "]" }
                    rest.removeFirst(digits.count)
                    guard rest.popFirst() == "]", let index = Int(digits) else { return nil }
                    steps.append(.index(index))
                }
            default: return nil
            }
        }
        self.steps = steps
        self.text = text
    }

    /// The value that the path leads to, or nil.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for step in steps {
            switch step {
            case .name(let name):
                guard let next = value[name] else { return nil }
                value = next
            case .index(let index):
                guard let elements = value.elements else { return nil }
                // A negative index counts from the end; one as low as Int allows must not overflow.
                let (place, overflow) =
                    index < 0 ? elements.count.addingReportingOverflow(index) : (index, false)
                guard !overflow, elements.indices.contains(place) else { return nil }
                value = elements[place]
            }
        }
        return value
    }
}
