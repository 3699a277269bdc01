/// Writes metrics for Prometheus: the text exposition format 0.0.4, or OpenMetrics 1.0.
///
/// Families follow one another, each with all its samples, as both formats require. Names are given without `_total`:
/// OpenMetrics omits it in a counter's family, and both formats have it in its samples.
package struct MetricsText {
    package enum Format: Equatable, Sendable {
        /// https://prometheus.io/docs/instrumenting/exposition_formats/
        case prometheus
        /// https://prometheus.io/docs/specs/om/open_metrics_spec/
        case openMetrics
        /// This text under the version that Prometheus requested before 1.0 (the only one up to 2.36).
        case openMetricsDraft

        package var contentType: StaticString {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .openMetricsDraft: "application/openmetrics-text; version=0.0.1; charset=utf-8"
            }
        }

        var isOpen: Bool { self != .prometheus }
    }

    package enum Kind: String, Sendable {
        case counter, gauge, histogram, info
    }

    package typealias Labels = KeyValuePairs<String, String>

    private let format: Format
    package private(set) var bytes: [UInt8] = []
    private var family = ""
    private var kind = Kind.gauge

    package init(_ format: Format) {
        self.format = format
    }

    /// Begins a family; its samples follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        family = name
        self.kind = kind
        // The older format names a counter by its sample, and has no info type.
        var shown = name
        var word = kind.rawValue
        if !format.isOpen {
            if kind == .counter { shown += "_total" }
            if kind == .info { (shown, word) = (name + "_info", "gauge") }
        }
        append("# HELP \(shown) ")
        appendEscaped(help, quotes: format.isOpen)
        append("\n# TYPE \(shown) \(word)\n")
        if format.isOpen, let unit = ["seconds", "bytes", "ratio"].first(where: { name.hasSuffix("_\($0)") }) {
            append("# UNIT \(shown) \(unit)\n")
        }
    }

    /// One sample of the family.
    package mutating func sample(_ value: Double, _ labels: Labels = [:]) {
        switch kind {
        case .counter: line("_total", labels, value)
        case .info: line("_info", labels, value)
        case .gauge, .histogram: line("", labels, value)
        }
    }

    package mutating func sample(_ value: some BinaryInteger, _ labels: Labels = [:]) {
        sample(Double(value), labels)
    }

    /// A histogram: for each bound, in order, how many values are at most that bound, and the total.
    package mutating func histogram(
        _ buckets: [(bound: Double, count: UInt64)], count: UInt64, sum: Double
    ) {
        for bucket in buckets { line("_bucket", ["le": bound(bucket.bound)], Double(bucket.count)) }
        line("_bucket", ["le": "+Inf"], Double(count))
        line("_sum", [:], sum)
        line("_count", [:], Double(count))
    }

    /// OpenMetrics requires a whole bound as `1.0`, and takes `1` for another bucket.
    private func bound(_ value: Double) -> String {
        let text = Self.number(value)
        return format.isOpen && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? text + ".0" : text
    }

    /// The whole text; nothing may follow.
    package mutating func finish() -> [UInt8] {
        if format.isOpen { append("# EOF\n") }
        return bytes
    }

    private mutating func line(_ suffix: String, _ labels: Labels, _ value: Double) {
        append(family)
        append(suffix)
        if !labels.isEmpty {
            append("{")
            for (index, label) in labels.enumerated() {
                if index > 0 { append(",") }
                append(label.key)
                append("=\"")
                appendEscaped(label.value, quotes: true)
                append("\"")
            }
            append("}")
        }
        append(" ")
        append(Self.number(value))
        append("\n")
    }

    /// Whole numbers without a decimal point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        // Every line holds names of services, and few need escaping.
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return append(text) }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
