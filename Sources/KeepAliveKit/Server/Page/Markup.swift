/// HTML that is being written. What stands in the literal is markup; every text that is put into it is made harmless on
/// its way in, so that no name and no error of a check can become markup. Pure.
struct Markup: ExpressibleByStringInterpolation, Sendable, Equatable {
    private(set) var text: String

    init(stringLiteral literal: StaticString) {
        text = literal.description
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// The markup of each item behind each other.
    init<Items: Sequence>(each items: Items, _ markup: (Items.Element) -> Markup) {
        text = ""
        for item in items { text += markup(item).text }
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var text: String

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: StaticString) { text += literal.description }
        mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
        mutating func appendInterpolation(_ value: UInt64) { text += value.description }
        mutating func appendInterpolation(_ value: Markup) { text += value.text }
        /// Nothing where there is none.
        mutating func appendInterpolation(_ value: Markup?) { text += value?.text ?? "" }
    }

    /// Text that is harmless inside an element or a quoted attribute. Control characters, which no page shows, are left
    /// out. By scalars: a mark behind a bracket makes one Character of the two, and the bracket is one all the same.
    static func escaped(_ text: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe.append(contentsOf: "&amp;".unicodeScalars)
            case "<": safe.append(contentsOf: "&lt;".unicodeScalars)
            case ">": safe.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": safe.append(contentsOf: "&quot;".unicodeScalars)
            case "'": safe.append(contentsOf: "&#39;".unicodeScalars)
            case "\t", "\n", "\r": safe.append(" ")
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": continue
            default: safe.append(scalar)
            }
        }
        return String(safe)
    }
}
