/// One row of a frame: pieces of safe text with their paint, never wider than the limit.
struct Line: Equatable {
    struct Piece: Equatable {
        let text: String
        let paint: Style.Paint
    }

    /// The cells of the row.
    let limit: Int
    private(set) var pieces: [Piece] = []
    private(set) var width = 0
    private let style: Style

    init(_ limit: Int, _ style: Style, _ text: String = "", _ paint: Style.Paint = .plain) {
        self.limit = max(0, limit)
        self.style = style
        add(text, paint)
    }

    /// The remaining cells.
    var room: Int { limit - width }

    /// Adds a text, cut to the rest of the line or to fewer cells.
    mutating func add(_ text: String, _ paint: Style.Paint = .plain, upTo cells: Int = .max) {
        let fitted = style.fit(text, in: min(cells, room))
        guard !fitted.text.isEmpty else { return }
        pieces.append(Piece(text: fitted.text, paint: paint))
        width += fitted.width
    }

    /// Adds one of our signs.
    mutating func add(_ sign: Style.Sign, _ paint: Style.Paint = .plain, count: Int = 1) {
        add(String(repeating: style.sign(sign), count: max(0, min(count, room))), paint)
    }

    /// Adds a text in a column, padded with spaces after it or before it.
    mutating func add(_ text: String, _ paint: Style.Paint = .plain, column: Int, toRight: Bool = false) {
        let cells = min(column, room)
        let fitted = style.fit(text, in: cells)
        if toRight { space(cells - fitted.width) }
        add(fitted.text, paint)
        if !toRight { space(cells - fitted.width) }
    }

    /// Adds spaces.
    mutating func space(_ count: Int, _ paint: Style.Paint = .plain) {
        let cells = min(count, room)
        guard cells > 0 else { return }
        pieces.append(Piece(text: String(repeating: " ", count: cells), paint: paint))
        width += cells
    }

    /// Adds spaces up to a column.
    mutating func pad(to column: Int, _ paint: Style.Paint = .plain) {
        space(column - width, paint)
    }

    /// Adds another line's pieces, which must fit.
    mutating func add(_ line: Line) {
        guard line.width <= room else { return }
        pieces += line.pieces
        width += line.width
    }

    /// The text without trailing spaces.
    var plain: String {
        var text = pieces.map(\.text).joined()
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The text with its colour sequences.
    var rendered: String { render(pieces.lazy.map { ($0.text, $0.paint) }) }

    /// One cell of a row, with one scalar.
    struct Cell: Equatable {
        let scalar: Unicode.Scalar
        let paint: Style.Paint
    }

    /// The row cell by cell; nil if a letter is two cells wide or joined to another. Terminals may lay out such rows
    /// differently, so the positions are uncertain.
    var cells: [Cell]? {
        var cells: [Cell] = []
        cells.reserveCapacity(width)
        for piece in pieces {
            for scalar in piece.text.unicodeScalars {
                guard scalar.isASCII || CharacterWidth.of(scalar) == 1 else { return nil }
                cells.append(Cell(scalar: scalar, paint: piece.paint))
            }
        }
        return cells
    }

    /// Some of the row's cells with their colour sequences.
    func render(_ cells: some Sequence<Cell>) -> String {
        render(cells.lazy.map { (String($0.scalar), $0.paint) })
    }

    private func render(_ parts: some Sequence<(String, Style.Paint)>) -> String {
        var text = ""
        var last = Style.Paint.plain
        for (part, paint) in parts {
            if paint != last {
                if !style.rendition(last).isEmpty { text += "\u{1B}[0m" }
                text += style.rendition(paint)
                last = paint
            }
            text += part
        }
        return style.rendition(last).isEmpty ? text : text + "\u{1B}[0m"
    }
}
