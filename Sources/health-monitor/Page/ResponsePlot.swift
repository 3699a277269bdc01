/// The response times of the last hours, as SVG: the average as a line, from the fastest to the slowest as a band around
/// it. Pure.
enum ResponsePlot {
    private static let width = 720.0
    private static let height = 120.0

    /// Nil where there is too little to draw.
    static func markup(_ hours: [HourResponses?], label: String) -> Markup? {
        guard hours.compactMap(\.self).count > 1, hours.count > 1 else { return nil }
        let top = ceiling(hours.compactMap { $0?.most }.max() ?? 1)
        var line = ""
        var band = ""
        for run in runs(hours) {
            func x(_ index: Int) -> String { decimal(Double(index) / Double(hours.count - 1) * width) }
            func y(_ value: Double) -> String { decimal(height - min(1, max(0, value / top)) * height) }
            for (place, point) in run.enumerated() {
                line += "\(place == 0 ? "M" : "L")\(x(point.index)) \(y(point.hour.average))"
                band += "\(place == 0 ? "M" : "L")\(x(point.index)) \(y(point.hour.most))"
            }
            // An hour alone between two gaps is a dot.
            if run.count == 1 { line += "h0" }
            for point in run.reversed() { band += "L\(x(point.index)) \(y(point.hour.least))" }
            band += "z"
        }
        return """
            <svg class="plot" viewBox="0 0 720 120" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <path class="grid" d="M0 .5H720M0 60H720M0 119.5H720"/><path class="band" d="\(band)"/>\
            <path class="line" d="\(line)"/></svg>
            """
    }

    /// What the upper edge of the plot stands for: 1, 2 or 5 times a power of ten.
    static func ceiling(_ value: Double) -> Double {
        guard value.isFinite, value > 1 else { return 1 }
        var power = 1.0
        while power * 10 < value, power < 1e12 { power *= 10 }
        return [1, 2, 5, 10].lazy.map { $0 * power }.first { $0 >= value } ?? value
    }

    /// The hours without gaps between them.
    private static func runs(_ hours: [HourResponses?]) -> [[(index: Int, hour: HourResponses)]] {
        var runs: [[(index: Int, hour: HourResponses)]] = []
        var run: [(index: Int, hour: HourResponses)] = []
        for (index, hour) in hours.enumerated() {
            if let hour {
                run.append((index, hour))
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        return run.isEmpty ? runs : runs + [run]
    }

    /// With one decimal: a tenth of a pixel is enough.
    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
