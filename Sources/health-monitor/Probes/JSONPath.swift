/// A path into a JSON value: `$.data.items[0].state`, `$['odd name']`, `$.items[-1]` for the last item. Pure.
///
/// A subset of RFC 9535: names and indices, which select at most one value; no wildcards, slices or filters.
struct JSONPath: Sendable, Equatable {
    private enum Step: Equatable {
        case name(String)
        case index(Int)
    }

    private let steps: [Step]
    let text: String

    /// Reads a path; nil if it is malformed or outside the subset. The `$` is optional.
    init?(_ text: String) {
        var reader = Reader(rest: text.unicodeScalars[...])
        guard let steps = reader.path() else { return nil }
        self.steps = steps
        self.text = text
    }

    /// The value at the path, or nil.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for step in steps {
            switch step {
            case .name(let name):
                // Compare code points: a dictionary would equate é with e and a combining accent.
                guard case .object(let members) = value, let place = members.index(forKey: name),
                    members[place].key.unicodeScalars.elementsEqual(name.unicodeScalars)
                else { return nil }
                value = members[place].value
            case .index(let index):
                guard let elements = value.elements else { return nil }
                // A negative index counts from the end; `Int.min` must not overflow.
                let (place, overflow) =
                    index < 0 ? elements.count.addingReportingOverflow(index) : (index, false)
                guard !overflow, elements.indices.contains(place) else { return nil }
                value = elements[place]
            }
        }
        return value
    }

    // MARK: Reading

    private struct Reader {
        var rest: Substring.UnicodeScalarView

        mutating func path() -> [Step]? {
            if rest.first == "$" {
                rest.removeFirst()
            } else if rest.first != "[" {
                rest = (".".unicodeScalars + rest)[...]
            }
            var steps: [Step] = []
            while !rest.isEmpty {
                // Between two steps, but not after the last (RFC 9535, section 2.1.1).
                skipBlanks()
                switch rest.popFirst() {
                case ".":
                    guard let name = shorthand() else { return nil }
                    steps.append(.name(name))
                case "[":
                    skipBlanks()
                    guard let step = selector() else { return nil }
                    steps.append(step)
                    skipBlanks()
                    guard rest.popFirst() == "]" else { return nil }
                default: return nil
                }
            }
            return steps
        }

        private mutating func skipBlanks() {
            rest = rest.drop { [" ", "\t", "\n", "\r"].contains($0) }
        }

        private mutating func shorthand() -> String? {
            var name = String.UnicodeScalarView()
            while let scalar = rest.first, Self.isNamePart(scalar, isFirst: name.isEmpty) {
                name.append(scalar)
                rest.removeFirst()
            }
            return name.isEmpty ? nil : String(name)
        }

        private static func isNamePart(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
            switch scalar {
            case "a"..."z", "A"..."Z", "_", "\u{80}"...: true
            case "0"..."9": !isFirst
            default: false
            }
        }

        private mutating func selector() -> Step? {
            guard let first = rest.first else { return nil }
            if first == "'" || first == "\"" {
                rest.removeFirst()
                return quoted(first).map { .name($0) }
            }
            let digits = String(rest.prefix { $0 == "-" || "0"..."9" ~= $0 })
            rest = rest.dropFirst(digits.unicodeScalars.count)
            // Whole numbers that every JSON reader represents exactly: up to 2^53 (RFC 9535, section 2.1).
            guard digits.wholeMatch(of: /0|-?[1-9][0-9]*/) != nil, let index = Int(digits),
                (-9_007_199_254_740_991...9_007_199_254_740_991).contains(index)
            else { return nil }
            return .index(index)
        }

        private mutating func quoted(_ quote: Unicode.Scalar) -> String? {
            var name = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                if scalar == quote { return String(name) }
                if scalar.value < 0x20 { return nil }
                guard scalar == "\\" else {
                    name.append(scalar)
                    continue
                }
                guard let found = escaped(quote) else { return nil }
                name.append(found)
            }
            return nil
        }

        private mutating func escaped(_ quote: Unicode.Scalar) -> Unicode.Scalar? {
            guard let scalar = rest.popFirst() else { return nil }
            switch scalar {
            case quote, "/", "\\": return scalar
            case "b": return "\u{08}"
            case "f": return "\u{0C}"
            case "n": return "\n"
            case "r": return "\r"
            case "t": return "\t"
            case "u":
                guard let value = hexadecimal() else { return nil }
                guard (0xD800...0xDBFF).contains(value) else { return Unicode.Scalar(value) }
                guard rest.popFirst() == "\\", rest.popFirst() == "u", let low = hexadecimal(),
                    (0xDC00...0xDFFF).contains(low)
                else { return nil }
                return Unicode.Scalar(0x10000 + (value - 0xD800) << 10 + (low - 0xDC00))
            default: return nil
            }
        }

        private mutating func hexadecimal() -> UInt32? {
            let digits = rest.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit }) else {
                return nil
            }
            rest = rest.dropFirst(4)
            return UInt32(String(digits), radix: 16)
        }
    }
}
