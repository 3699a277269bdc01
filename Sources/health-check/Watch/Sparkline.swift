/// A small plot of the latest values, the newest on the right, with gaps for missing values. Pure.
///
/// Braille has two columns of four dots in a cell, so it shows twice as many values as ASCII.
struct Sparkline {
    let rows: [String]

    /// How many values a width shows.
    static func capacity(_ width: Int, _ style: Style) -> Int { max(0, width) * (style.drawsFinely ? 2 : 1) }

    /// - Parameters:
    ///   - values: oldest first.
    ///   - top: the value of the full height; nil means the largest shown value.
    init(_ values: [Double?], width: Int, height: Int = 1, top: Double? = nil, style: Style) {
        let width = max(0, width)
        let height = max(1, height)
        let levels = style.drawsFinely ? 4 : 8
        let room = Self.capacity(width, style)
        let shown = values.suffix(room)
        let known = shown.compactMap { $0 }.filter(\.isFinite)
        let top = max(top ?? known.max() ?? 0, 0)
        // The filled steps of each column, from the right edge.
        var steps = [Int](repeating: 0, count: room - shown.count)
        for value in shown {
            guard let value, value.isFinite else {
                steps.append(0)
                continue
            }
            let share = top > 0 ? min(1, max(0, value / top)) : 0
            // Zero is a value too, so the lowest step is always drawn.
            steps.append(max(1, Int((share * Double(height * levels)).rounded())))
        }
        rows = (0..<height).map { row in
            let base = (height - 1 - row) * levels
            func level(_ column: Int) -> Int { min(levels, max(0, steps[column] - base)) }
            guard style.drawsFinely else {
                let signs = Array(" _.:-=+*#")
                return String(steps.indices.map { signs[level($0)] })
            }
            var text = String.UnicodeScalarView()
            for cell in 0..<width {
                let dots = Self.left[level(2 * cell)] | Self.right[level(2 * cell + 1)]
                text.append(dots == 0 ? " " : Unicode.Scalar(0x2800 + UInt32(dots)) ?? " ")
            }
            return String(text)
        }
    }

    /// The dots of a column that is filled to a level, from the foot.
    private static let left: [UInt8] = [0, 0x40, 0x44, 0x46, 0x47]
    private static let right: [UInt8] = [0, 0x80, 0xA0, 0xB0, 0xB8]
}
