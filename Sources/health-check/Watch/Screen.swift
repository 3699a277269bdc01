import KeepAlivePlatform

/// What stands on the terminal now: makes the bytes that turn it into the next frame, which are those of the cells that differ.
/// Pure.
struct Screen {
    private var shown: [Line] = []
    private var size = Terminal.Size(columns: 0, rows: 0)

    /// Equal cells between two that differ: going over them takes more bytes than writing so many anew.
    private static let gap = 8

    /// Everything is drawn anew the next time: somebody else has written on the terminal.
    mutating func forget() {
        shown = []
        size = Terminal.Size(columns: 0, rows: 0)
    }

    /// One piece to be written at once; empty when nothing changed. A terminal that knows synchronised output (mode 2026) shows
    /// it at once too; others pass over the mode.
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
                // Behind a full row the cursor still stands on its last cell, which would be erased.
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
        // What the old row had behind the end of the new one.
        if after.count < before.count, after.count < columns {
            if start == nil || end < after.count { text += "\u{1B}[\(row + 1);\(after.count + 1)H" }
            text += "\u{1B}[K"
        }
        return text
    }
}
