/// A titled part of the frame: the rows it needs, and how it fills the rows it gets.
struct Panel {
    let title: String
    /// The fewest useful rows below the title.
    let least: Int
    /// The rows below the title for all its content.
    let wanted: Int
    /// Whether it can use still more rows.
    var grows = false
    /// Whether it only repeats another panel in detail, and so comes after all others.
    var isExtra = false
    /// Draws at most `height` rows of a width.
    let draw: (_ width: Int, _ height: Int) -> [Line]
    /// A word at the far end of the title, for a width.
    var note: (_ width: Int) -> String = { _ in "" }

    /// Stacks panels in the given rows, the most important first. Panels without room are left out, and spare rows are
    /// shared.
    static func stack(_ panels: [Panel], width: Int, height: Int, style: Style) -> [Line] {
        var heights: [Int?] = panels.map { _ in nil }
        var left = height
        for isExtra in [false, true] {
            let chosen = panels.enumerated().filter { $0.element.isExtra == isExtra && $0.element.wanted > 0 }
            for (index, panel) in chosen where panel.least + 1 <= left {
                heights[index] = panel.least
                left -= panel.least + 1
            }
            for (index, panel) in chosen {
                guard let given = heights[index] else { continue }
                let more = min(left, max(0, panel.wanted - given))
                heights[index] = given + more
                left -= more
            }
        }
        // A plot over half a screen shows no more than one over a quarter.
        for (index, panel) in panels.enumerated() where panel.grows && left > 0 {
            guard let given = heights[index] else { continue }
            let more = min(left, 24)
            heights[index] = given + more
            left -= more
        }
        var lines: [Line] = []
        for (index, panel) in panels.enumerated() {
            guard let rows = heights[index] else { continue }
            lines.append(heading(panel.title, note: panel.note(width), width: width, style: style))
            lines += panel.draw(width, rows).prefix(rows)
        }
        return lines
    }

    /// - Parameter note: a word of ours, never cut, however long the title is.
    static func heading(_ title: String, note: String = "", width: Int, style: Style) -> Line {
        var line = Line(width, style)
        let end = note.isEmpty ? "" : " \(note) "
        line.add(.rule, .faint, count: 2)
        line.add(" \(title) ", .accent, upTo: max(0, width - 3 - end.count))
        line.add(.rule, .faint, count: line.room - (end.isEmpty ? 0 : end.count + 2))
        line.add(end, .faint)
        line.add(.rule, .faint, count: line.room)
        return line
    }
}
