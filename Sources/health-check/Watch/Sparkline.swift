/// A small plot of the latest values, the newest on the right, with gaps for missing values. Pure.
struct Sparkline {
    let rows: [String]

    /// - Parameters:
    ///   - values: oldest first.
    ///   - top: the value of the full height; nil means the largest shown value.
    init(_ values: [Double?], width: Int, height: Int = 1, top: Double? = nil, style: Style) {
        let levels = style.drawsFinely ? Array("▁▂▃▄▅▆▇█") : Array("_.:-=+*#")
        let width = max(0, width)
        let shown = values.suffix(width)
        let known = shown.compactMap { $0 }.filter(\.isFinite)
        let top = max(top ?? known.max() ?? 0, 0)
        let height = max(1, height)
        var rows = [String](repeating: String(repeating: " ", count: width - shown.count), count: height)
        for value in shown {
            var steps = 0
            if let value, value.isFinite {
                let share = top > 0 ? min(1, max(0, value / top)) : 0
                // Zero is a value too, so the lowest step is always drawn.
                steps = max(1, Int((share * Double(height * levels.count)).rounded()))
            }
            for row in 0..<height {
                let left = steps - (height - 1 - row) * levels.count
                rows[row].append(left <= 0 ? " " : levels[min(left, levels.count) - 1])
            }
        }
        self.rows = rows
    }
}
