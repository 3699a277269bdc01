/// HTML or SVG under construction. Literals are markup; every interpolated text is escaped, so that no name and no
/// message can become markup. Pure.
package struct Markup: ExpressibleByStringInterpolation, Sendable, Equatable {
    package private(set) var text: String
    package var bytes: [UInt8] { Array(text.utf8) }

    package init(stringLiteral literal: StaticString) {
        text = literal.description
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// The markup of all items in order.
    package init<Items: Sequence>(each items: Items, _ markup: (Items.Element) -> Markup) {
        text = ""
        for item in items { text += markup(item).text }
    }

    package static func += (left: inout Markup, right: Markup) { left.text += right.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var text: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }
        package mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
        package mutating func appendInterpolation(_ value: Int) { text += value.description }
        package mutating func appendInterpolation(_ value: UInt64) { text += value.description }
        package mutating func appendInterpolation(_ value: Markup) { text += value.text }
        /// Nothing for nil.
        package mutating func appendInterpolation(_ value: Markup?) { text += value?.text ?? "" }
    }

    /// Escapes text for an element or a quoted attribute. Characters that XML does not allow are dropped: a single one
    /// would break a badge. By scalars: a bracket with a combining mark is one Character, but still a bracket.
    package static func escaped(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): false
            default: byte >= 0x20 && byte < 0x7F
            }
        }
        if isPlain { return text }
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
            case _ where scalar.properties.isNoncharacterCodePoint: continue
            default: safe.append(scalar)
            }
        }
        return String(safe)
    }
}
