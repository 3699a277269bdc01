/// What stands on the terminal now: makes the bytes that turn it into the next frame, which are those of the rows that differ.
/// Pure.
struct Screen {
    private var shown: [String] = []
    private var size = Frame.Size(columns: 0, rows: 0)

    /// Everything is drawn anew the next time: somebody else has written on the terminal.
    mutating func forget() {
        shown = []
        size = Frame.Size(columns: 0, rows: 0)
    }

    /// One piece to be written at once; empty when nothing changed. A terminal that knows synchronised output (mode 2026) shows
    /// it at once too; others pass over the mode.
    mutating func update(_ lines: [Line], _ size: Frame.Size) -> String {
        let isNew = size != self.size
        var text = isNew ? "\u{1B}[2J" : ""
        for (row, line) in lines.enumerated() {
            let rendered = line.rendered
            if !isNew, shown.indices.contains(row), shown[row] == rendered { continue }
            text += "\u{1B}[\(row + 1);1H\(rendered)"
            // Behind a full row the cursor still stands on its last cell, which would be erased.
            if line.width < size.columns { text += "\u{1B}[K" }
        }
        shown = lines.map(\.rendered)
        self.size = size
        return text.isEmpty ? "" : "\u{1B}[?2026h\(text)\u{1B}[?2026l"
    }
}
