import KeepAliveKit

/// Response times as SVG: a line for the average, within a band from the fastest to the slowest. Pure.
enum ResponsePlot {
    private static let width = 720.0
    private static let height = 120.0

    /// Nil without data.
    static func markup(_ times: ResponseLine, label: String) -> Markup? {
        guard let slowest = times.points.map(\.most).max() else { return nil }
        let top = ceiling(slowest)
        func x(_ point: ResponsePoint) -> String {
            let share = Double(point.second - times.start) / Double(max(1, times.span.length))
            return decimal(min(1, max(0, share)) * width)
        }
        func y(_ value: Double) -> String { decimal(height - min(1, max(0, value / top)) * height) }
        var line = ""
        var band = ""
        for run in times.runs {
            for (place, point) in run.enumerated() {
                line += "\(place == 0 ? "M" : "L")\(x(point)) \(y(point.average))"
                band += "\(place == 0 ? "M" : "L")\(x(point)) \(y(point.most))"
            }
            // A single point between two gaps is a dot.
            if run.count == 1 { line += "h0" }
            for point in run.reversed() { band += "L\(x(point)) \(y(point.least))" }
            band += "z"
        }
        return """
            <svg class="plot" viewBox="0 0 720 120" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <path class="grid" d="M0 .5H720M0 60H720M0 119.5H720"/><path class="band" d="\(band)"/>\
            <path class="line" d="\(line)"/></svg>
            """
    }

    /// The value of the plot's upper edge: 1, 2 or 5 times a power of ten.
    static func ceiling(_ value: Double) -> Double {
        guard value.isFinite, value > 1 else { return 1 }
        var power = 1.0
        while power * 10 < value, power < 1e12 { power *= 10 }
        return [1, 2, 5, 10].lazy.map { $0 * power }.first { $0 >= value } ?? value
    }

    /// One decimal, because a tenth of a pixel is enough.
    private static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
