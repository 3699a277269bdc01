/// Names and values in as many columns as fit. Pure.
struct Fields {
    struct Field {
        var name: String
        var value: String
        var paint = Style.Paint.plain
    }

    let fields: [Field]
    let style: Style

    func columns(width: Int) -> Int { width < 72 ? 1 : width < 150 ? 2 : 3 }

    func rows(width: Int) -> Int { (fields.count + columns(width: width) - 1) / columns(width: width) }

    /// Fills column by column; drops the last fields if the rows do not suffice.
    func lines(width: Int, height: Int) -> [Line] {
        let columns = columns(width: width)
        let rows = min(rows(width: width), height)
        let nameWidth = (fields.map(\.name.count).max() ?? 0) + 2
        return (0..<max(0, rows)).map { row in
            var line = Line(width, style)
            for column in 0..<columns {
                let index = column * self.rows(width: width) + row
                guard fields.indices.contains(index) else { continue }
                line.pad(to: column * (width / columns) + 1)
                line.add(fields[index].name, .faint, column: nameWidth)
                line.add(fields[index].value, fields[index].paint, upTo: width / columns - nameWidth - 2)
            }
            return line
        }
    }
}
