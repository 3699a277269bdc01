/// Recent samples of one number as means over equal pieces of time, so that a year of looks takes a few kilobytes. Pure.
struct TrendSeries: Sendable, Equatable {
    private struct Piece: Sendable, Equatable {
        var index: Int64
        var count: Double
        var mean: Double
    }

    /// Seconds of one piece.
    let width: Double
    /// The most pieces that are kept.
    let most: Int
    private var pieces: [Piece] = []

    init(width: Double, most: Int) {
        self.width = width
        self.most = most
    }

    /// Takes a sample; one that is older than the newest piece (a clock that was set back) begins the series anew.
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

    /// Puts what an earlier run knew before what is known.
    mutating func precede(with earlier: TrendSeries) {
        guard let first = pieces.first, let last = pieces.last else {
            pieces = earlier.pieces
            return
        }
        let oldest = last.index &- Int64(most)
        pieces = earlier.pieces.filter { $0.index < first.index && $0.index > oldest } + pieces
    }

    /// The means, each in the middle of its piece, not older than so many seconds before the last.
    func samples(within span: Double = .infinity) -> [Trend.Sample] {
        guard let last = pieces.last else { return [] }
        return pieces.filter { Double(last.index &- $0.index) * width <= span }
            .map { Trend.Sample(time: (Double($0.index) + 0.5) * width, value: $0.mean) }
    }
}
