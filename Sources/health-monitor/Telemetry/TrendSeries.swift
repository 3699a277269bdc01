/// Recent samples of one number as means over equal periods, so that a year of checks takes a few kilobytes. Pure.
struct TrendSeries: Sendable, Equatable {
    private struct Piece: Sendable, Equatable {
        var index: Int64
        var count: Double
        var mean: Double
    }

    /// Seconds of one period.
    let width: Double
    /// The most periods to keep.
    let most: Int
    private var pieces: [Piece] = []

    init(width: Double, most: Int) {
        self.width = width
        self.most = most
    }

    /// Adds a sample; a sample older than the newest period (a clock was set back) clears the series first.
    mutating func add(_ value: Double, at seconds: Double) {
        guard value.isFinite, let index = Int64(exactly: (seconds / width).rounded(.down)) else { return }
        if let last = pieces.last, index < last.index { pieces = [] }
        if let last = pieces.last, last.index == index {
            pieces[pieces.count - 1].count += 1
            pieces[pieces.count - 1].mean += (value - last.mean) / (last.count + 1)
        } else {
            pieces.append(Piece(index: index, count: 1, mean: value))
        }
        let oldest = index &- Int64(most)
        pieces.removeAll { $0.index <= oldest }
    }

    /// Prepends an earlier run's samples.
    mutating func precede(with earlier: TrendSeries) {
        guard let first = pieces.first, let last = pieces.last else {
            pieces = earlier.pieces
            return
        }
        let oldest = last.index &- Int64(most)
        pieces = earlier.pieces.filter { $0.index < first.index && $0.index > oldest } + pieces
    }

    /// The means, each at the middle of its period, from the last `span` seconds.
    func samples(within span: Double = .infinity) -> [Trend.Sample] {
        guard let last = pieces.last else { return [] }
        return pieces.filter { Double(last.index &- $0.index) * width <= span }
            .map { Trend.Sample(time: (Double($0.index) + 0.5) * width, value: $0.mean) }
    }
}
