import KeepAlivePlatform

/// A text in which `$NAME` and `${NAME}` are variables and `$$` is a dollar sign. Pure.
///
/// Before anything else a dollar sign is literal: `$.data[0]`, `ERROR$`, `$(date)`.
struct VariableText {
    /// `${…}` without a valid name, as written in the text.
    struct Fault: Error {
        let reference: String
    }

    private enum Piece {
        case text(Substring)
        case variable(String)
    }

    private var pieces: [Piece] = []

    init(_ text: String) throws(Fault) {
        var rest = Substring(text)
        while let dollar = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
            if dollar > rest.startIndex { pieces.append(.text(rest[..<dollar])) }
            let sign = rest[dollar...].prefix(1)
            rest = rest[rest.utf8.index(after: dollar)...]
            switch rest.utf8.first {
            case UInt8(ascii: "$"):
                pieces.append(.text("$"))
                rest = rest[rest.utf8.index(after: rest.startIndex)...]
            case UInt8(ascii: "{"):
                let inside = rest.utf8.dropFirst().prefix { $0 != UInt8(ascii: "}") }
                let name = Substring(inside)
                guard Self.isName(name), inside.endIndex < rest.endIndex else {
                    throw Fault(reference: "${\(name.prefix(40))\(inside.endIndex < rest.endIndex ? "}" : "")")
                }
                pieces.append(.variable(String(name)))
                rest = rest[rest.utf8.index(after: inside.endIndex)...]
            default:
                let name = Substring(rest.utf8.prefix(while: Self.isNamePart))
                if Self.isName(name) {
                    pieces.append(.variable(String(name)))
                    rest = rest[name.endIndex...]
                } else {
                    pieces.append(.text(sign.utf8.count == 1 ? sign : "$"))
                }
            }
        }
        if !rest.isEmpty { pieces.append(.text(rest)) }
    }

    /// A text as one that stands for itself: it names no variable.
    static func literal(_ text: String) -> String { text.replacingScalars { $0 == "$" ? "$$" : nil } }

    /// What a literal stands for.
    static func plain(_ literal: String) -> String { (try? VariableText(literal))?.value { "$\($0)" } ?? literal }

    /// The variables that it names, in order, without repeats.
    var names: [String] {
        var seen: Set<String> = []
        return pieces.compactMap { piece in
            if case .variable(let name) = piece, seen.insert(name).inserted { name } else { nil }
        }
    }

    /// The variables named in the texts of a value.
    static func names(in value: JSONValue) -> Set<String> {
        switch value {
        case .string(let text): Set((try? VariableText(text))?.names ?? [])
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(names(in: $1)) }
        case .object(let members): members.values.reduce(into: []) { $0.formUnion(names(in: $1)) }
        default: []
        }
    }

    /// Whether it consists of one variable only.
    var isOneVariable: Bool {
        if pieces.count == 1, case .variable = pieces[0] { true } else { false }
    }

    func value(_ variable: (String) -> String) -> String {
        pieces.reduce(into: "") { value, piece in
            switch piece {
            case .text(let text): value += text
            case .variable(let name): value += variable(name)
            }
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy(isNamePart)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
