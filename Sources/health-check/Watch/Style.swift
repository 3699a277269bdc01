/// The terminal's abilities. Pure.
struct Style: Equatable {
    /// Whether to use the 16 colours; words and symbols carry the meaning without them.
    var colour: Bool
    /// Whether the locale is UTF-8; otherwise everything is ASCII.
    var unicode: Bool
    /// Whether signs and plots use fine blocks and dots; otherwise ASCII, whatever the texts use.
    var drawsFinely: Bool

    init(colour: Bool, unicode: Bool) {
        self.colour = colour
        self.unicode = unicode
        drawsFinely = unicode
    }

    /// - Parameter environment: `NO_COLOR` (no-color.org) if not empty; the locale by its order of precedence; `TERM`.
    init(environment: [String: String]) {
        colour = (environment["NO_COLOR"] ?? "").isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let charset = locale.lowercased().prefix { $0 != "@" }
        unicode = charset.hasSuffix("utf-8") || charset.hasSuffix("utf8")
        // The console's fonts have letters and half blocks, but few signs, and no steps for plots.
        drawsFinely = unicode && environment["TERM"] != "linux"
    }

    /// The meaning of a piece of text, which decides its look.
    enum Paint: Equatable {
        case plain, faint, strong, good, warning, bad, accent, bar, goodBadge, warningBadge, badBadge
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117) for a paint. Without colour it uses weight and reverse video.
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

    /// A sign in a fine and an ASCII form, one cell each.
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

    /// Marks a cut text.
    private var ellipsis: String { drawsFinely ? "…" : "~" }

    /// Any text, made safe and cut to a number of cells. It removes control characters, escape sequences, direction
    /// marks, and characters whose width terminals disagree on. Every text of a frame passes through here.
    func fit(_ text: String, in cells: Int) -> (text: String, width: Int) {
        guard cells > 0 else { return ("", 0) }
        var shown = String.UnicodeScalarView()
        var width = 0
        // The cut position, if it must be cut, with room for the ellipsis.
        var cut = shown
        var cutWidth = 0
        var marks = 0
        for scalar in text.unicodeScalars {
            guard let (scalar, cellsOfScalar) = shape(scalar) else { continue }
            if cellsOfScalar == 0 {
                // A few accents on a letter are normal; a hundred would cover the lines above.
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

    /// The text in rows of this width, broken at spaces if possible; the last row holds the rest, and `fit` cuts it.
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
                // A space may extend over the edge.
                if rest[index] == " ", index > rest.startIndex { space = index }
                if width > cells {
                    end = index
                    break
                }
            }
            guard let end else { break }
            // A letter wider than the row gets its own row.
            let cut = space ?? max(end, rest.index(after: rest.startIndex))
            lines.append(String(rest[..<cut]))
            rest = rest[cut...].drop { $0 == " " }
        }
        if !rest.isEmpty { lines.append(String(rest)) }
        return lines
    }

    /// A scalar's displayed form and width; nil if it is left out.
    private func shape(_ scalar: Unicode.Scalar) -> (scalar: Unicode.Scalar, width: Int)? {
        if scalar.isASCII { return CharacterWidth.of(scalar) == nil ? (unicode ? "\u{FFFD}" : "?", 1) : (scalar, 1) }
        if CharacterWidth.isOrnament(scalar) { return nil }
        if let letter = CharacterWidth.flagLetter(scalar) { return (letter, 1) }
        let width = CharacterWidth.of(scalar)
        guard unicode else { return width == 0 ? nil : ("?", 1) }
        return width.map { (scalar, $0) } ?? ("\u{FFFD}", 1)
    }
}
