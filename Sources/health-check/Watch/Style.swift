/// What a terminal can show. Pure.
struct Style: Equatable {
    /// Whether the 16 colours are used; words and symbols say the same without them.
    var colour: Bool
    /// Whether the locale is UTF-8; else everything is ASCII.
    var unicode: Bool

    init(colour: Bool, unicode: Bool) {
        self.colour = colour
        self.unicode = unicode
    }

    /// - Parameter environment: `NO_COLOR` (no-color.org) when it is not empty; the locale by its order of precedence.
    init(environment: [String: String]) {
        colour = (environment["NO_COLOR"] ?? "").isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        unicode = name.hasSuffix("utf-8") || name.hasSuffix("utf8") || name.contains("utf-8@") || name.contains("utf8@")
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

    /// A sign of ours in the two alphabets; one cell each.
    enum Sign {
        case healthy, degraded, unhealthy, unreachable, waiting, rule, separator, chosen, filled, unfilled, unknown
    }

    func sign(_ sign: Sign) -> String {
        switch sign {
        case .healthy: unicode ? "●" : "+"
        case .degraded: unicode ? "▲" : "!"
        case .unhealthy: unicode ? "×" : "x"
        case .unreachable: unicode ? "○" : "o"
        case .waiting: unicode ? "·" : "."
        case .rule: unicode ? "─" : "-"
        case .separator: unicode ? "·" : "|"
        case .chosen: unicode ? "▶" : ">"
        case .filled: unicode ? "█" : "#"
        case .unfilled: unicode ? "░" : "."
        case .unknown: unicode ? "–" : "-"
        }
    }

    /// Where a text was cut.
    private var ellipsis: String { unicode ? "…" : "~" }

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
            var scalar = scalar
            var cellsOfScalar = 1
            if !unicode, !scalar.isASCII {
                if CharacterWidth.of(scalar) == 0 { continue }
                scalar = "?"
            } else if let known = CharacterWidth.of(scalar) {
                cellsOfScalar = known
            } else {
                scalar = unicode ? "\u{FFFD}" : "?"
            }
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
}
