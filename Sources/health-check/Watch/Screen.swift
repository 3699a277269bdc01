import KeepAlivePlatform

/// The terminal's current content; computes the bytes for the next frame from the cells that differ. Pure.
struct Screen {
    private var shown: [Line] = []
    private var size = Terminal.Size(columns: 0, rows: 0)

    /// The most equal cells between two changes that are rewritten: moving the cursor takes more bytes.
    private static let gap = 8

    /// Redraws everything next time, because another program has written on the terminal.
    mutating func forget() {
        shown = []
        size = Terminal.Size(columns: 0, rows: 0)
    }

    /// One piece to write at once; empty without a change. Terminals with synchronised output (mode 2026) also show it
    /// at once; others ignore the mode.
    mutating func update(_ lines: [Line], _ size: Terminal.Size) -> String {
        let isNew = size != self.size
        var text = isNew ? "\u{1B}[2J" : ""
        for (row, line) in lines.enumerated() {
            let old = isNew || !shown.indices.contains(row) ? nil : shown[row]
            if old == line { continue }
            if let old, let before = old.cells, let after = line.cells {
                text += Self.changes(from: before, to: after, of: line, row: row, columns: size.columns)
            } else {
                text += "\u{1B}[\(row + 1);1H\(line.rendered)"
                // After a full row the cursor is still on the last cell, which would be erased.
                if line.width < size.columns { text += "\u{1B}[K" }
            }
        }
        shown = lines
        self.size = size
        return text.isEmpty ? "" : "\u{1B}[?2026h\(text)\u{1B}[?2026l"
    }

    private static func changes(
        from before: [Line.Cell], to after: [Line.Cell], of line: Line, row: Int, columns: Int
    ) -> String {
        var text = ""
        var start: Int?
        var end = 0
        func write() {
            guard let start else { return }
            text += "\u{1B}[\(row + 1);\(start + 1)H\(line.render(after[start..<end]))"
        }
        for (column, cell) in after.enumerated() where column >= before.count || before[column] != cell {
            if start == nil || column - end > gap {
                write()
                start = column
            }
            end = column + 1
        }
        write()
        // Erase the rest of a longer old row.
        if after.count < before.count, after.count < columns {
            if start == nil || end < after.count { text += "\u{1B}[\(row + 1);\(after.count + 1)H" }
            text += "\u{1B}[K"
        }
        return text
    }
}
