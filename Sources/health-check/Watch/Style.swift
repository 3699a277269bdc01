/// What a terminal can show. Pure.
struct Style: Equatable {
    /// Whether the 16 colours are used; words and symbols say the same without them.
    var colour: Bool
    /// Whether the locale is UTF-8; else everything is ASCII.
    var unicode: Bool
    /// Whether signs and plots are of fine blocks and dots; else of ASCII, whatever the texts are.
    var drawsFinely: Bool

    init(colour: Bool, unicode: Bool) {
        self.colour = colour
        self.unicode = unicode
        drawsFinely = unicode
    }

    /// - Parameter environment: `NO_COLOR` (no-color.org) when it is not empty; the locale by its order of precedence; `TERM`.
    init(environment: [String: String]) {
        colour = (environment["NO_COLOR"] ?? "").isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let charset = locale.lowercased().prefix { $0 != "@" }
        unicode = charset.hasSuffix("utf-8") || charset.hasSuffix("utf8")
        // The console's fonts have letters and half blocks, but few of the signs, and none of the steps of a plot.
        drawsFinely = unicode && environment["TERM"] != "linux"
    }

    /// What a piece of text means; how it looks follows from it.
    enum Paint: Equatable {
        case plain, faint, strong, good, warning, bad, accent, bar, goodBadge, warningBadge, badBadge
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117) for a paint. Without colour, weight and reverse video are left.
    func rendition(_ paint: Paint) -> String {
        switch paint {
        case .plain: ""
        case .faint: colour ? "\u{1B}[2m" : ""
        case .strong: "\u{1B}[1m"
        case .good: colour ? "\u{1B}[32m" : ""
        case .warning: colour ? "\u{1B}[33m" : "\u{1B}[1m"
        case .bad: colour ? "\u{1B}[1;31m" : "\u{1B}[1m"
        case .accent: colour ? "\u{1B}[36m" : "\u{1B}[1m"
        case .bar: "\u{1B}[7m"
        case .goodBadge: colour ? "\u{1B}[30;42m" : "\u{1B}[7m"
        case .warningBadge: colour ? "\u{1B}[30;43m" : "\u{1B}[7m"
        case .badBadge: colour ? "\u{1B}[1;97;41m" : "\u{1B}[7m"
        }
    }

    /// A sign of ours, drawn finely and in ASCII; one cell each.
    enum Sign: String {
        case healthy = "●+"
        case degraded = "▲!"
        case unhealthy = "×x"
        case unreachable = "○o"
        case waiting = "·."
        case rule = "─-"
        case separator = "·|"
        case chosen = "▶>"
        case filled = "█#"
        case unfilled = "░."
        case unknown = "–-"
    }

    func sign(_ sign: Sign) -> String { String(drawsFinely ? sign.rawValue.prefix(1) : sign.rawValue.suffix(1)) }

    /// Where a text was cut.
    private var ellipsis: String { drawsFinely ? "…" : "~" }

    /// Text of anybody's, made safe: no control character, no escape sequence, nothing that turns the writing's direction or
    /// has a width that terminals disagree on; cut to a number of cells. Every text of a frame comes through here.
    func fit(_ text: String, in cells: Int) -> (text: String, width: Int) {
        guard cells > 0 else { return ("", 0) }
        var shown = String.UnicodeScalarView()
        var width = 0
        // Where it ends when it has to be cut, with room for the ellipsis.
        var cut = shown
        var cutWidth = 0
        var marks = 0
        for scalar in text.unicodeScalars {
            guard let (scalar, cellsOfScalar) = shape(scalar) else { continue }
            if cellsOfScalar == 0 {
                // A few accents on a letter are writing; a hundred climb over the lines above.
                marks += 1
                if marks > 2 || shown.isEmpty { continue }
            } else {
                marks = 0
            }
            if width + cellsOfScalar > cells {
                return (String(cut) + ellipsis, cutWidth + 1)
            }
            shown.append(scalar)
            width += cellsOfScalar
            if width <= cells - 1 {
                cut = shown
                cutWidth = width
            }
        }
        return (String(shown), width)
    }

    /// The text in rows of so many cells, broken at spaces where there are any; the last row holds all that is left, and is
    /// for `fit` to cut.
    func wrap(_ text: String, in cells: Int, rows: Int) -> [String] {
        guard cells > 0, rows > 0 else { return [] }
        var lines: [String] = []
        var rest = text.unicodeScalars[...]
        while lines.count < rows - 1 {
            var width = 0
            var space: String.Index?
            var end: String.Index?
            for index in rest.indices {
                width += shape(rest[index])?.width ?? 0
                // A space may hang over the edge.
                if rest[index] == " ", index > rest.startIndex { space = index }
                if width > cells {
                    end = index
                    break
                }
            }
            guard let end else { break }
            // One letter wider than the row stands in a row of its own.
            let cut = space ?? max(end, rest.index(after: rest.startIndex))
            lines.append(String(rest[..<cut]))
            rest = rest[cut...].drop { $0 == " " }
        }
        if !rest.isEmpty { lines.append(String(rest)) }
        return lines
    }

    /// How one scalar is shown, and in how many cells; nil where it is left out.
    private func shape(_ scalar: Unicode.Scalar) -> (scalar: Unicode.Scalar, width: Int)? {
        if scalar.isASCII { return CharacterWidth.of(scalar) == nil ? (unicode ? "\u{FFFD}" : "?", 1) : (scalar, 1) }
        if CharacterWidth.isOrnament(scalar) { return nil }
        if let letter = CharacterWidth.flagLetter(scalar) { return (letter, 1) }
        let width = CharacterWidth.of(scalar)
        guard unicode else { return width == 0 ? nil : ("?", 1) }
        return width.map { (scalar, $0) } ?? ("\u{FFFD}", 1)
    }
}
