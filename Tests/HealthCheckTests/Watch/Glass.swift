/// A terminal's screen, as far as the dashboard uses it: converts the received bytes to rows of letters.
struct Glass {
    /// Letters by cell; the second cell of a wide letter is empty.
    private var cells: [[String]]
    private var row = 0
    private var column = 0

    init(columns: Int, rows: Int) {
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    /// The rows without trailing spaces.
    var rows: [String] {
        cells.map { row in
            var text = row.joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    mutating func write(_ text: String) {
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\u{1B}" else {
                put(scalar)
                continue
            }
            _ = rest.popFirst()
            let parameters = rest.prefix { $0.value < 0x40 }
            rest = rest.dropFirst(parameters.count)
            act(String(parameters), rest.popFirst())
        }
    }

    private mutating func act(_ parameters: String, _ end: Unicode.Scalar?) {
        switch end {
        case "H":
            let numbers = parameters.split(separator: ";").compactMap { Int($0) }
            if numbers.count == 2 { (row, column) = (numbers[0] - 1, numbers[1] - 1) }
        case "J": cells = cells.map { $0.map { _ in " " } }
        case "K":
            guard cells.indices.contains(row) else { return }
            for index in cells[row].indices.dropFirst(column) { cells[row][index] = " " }
        default: break
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        guard cells.indices.contains(row) else { return }
        let width = Cells.known(scalar) ?? 1
        guard width > 0 else {
            if cells[row].indices.contains(column - 1) { cells[row][column - 1].unicodeScalars.append(scalar) }
            return
        }
        for cell in 0..<width where cells[row].indices.contains(column + cell) {
            cells[row][column + cell] = cell == 0 ? String(scalar) : ""
        }
        column += width
    }
}
