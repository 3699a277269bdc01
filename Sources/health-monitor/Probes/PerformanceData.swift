/// One value of a Nagios plugin: `'label'=value[UOM];warn;crit;min;max` (monitoring-plugins.org, Development
/// Guidelines, "Performance data"). Pure.
struct PerformanceData: Equatable {
    var label: String
    /// Nil if the plugin could not determine it (`U`).
    var value: Double?
    var unit = ""
    var warning = ""
    var critical = ""

    /// A plugin that prints more values than this has gone astray; the others are left out.
    static let most = 100
    private static let longestLabel = 100

    /// Reads the values that can be read; the rest is skipped.
    ///
    /// - Returns: them, and how many more there are.
    static func parse(_ text: String) -> (data: [PerformanceData], more: Int) {
        var rest = Substring(text)
        var found: [PerformanceData] = []
        var labels: Set<String> = []
        var more = 0
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let label = takeLabel(&rest) else { break }
            let token = rest.prefix { !$0.isWhitespace }
            rest = rest.dropFirst(token.count)
            let name = label.line(limit: longestLabel)
            // A second value of this name would shadow the first.
            guard !name.isEmpty, !labels.contains(name), let datum = PerformanceData(name, token) else { continue }
            guard found.count < most else {
                more += 1
                continue
            }
            labels.insert(name)
            found.append(datum)
        }
        return (found, more)
    }

    /// Takes a label and the `=` after it; nil at the end.
    private static func takeLabel(_ rest: inout Substring) -> String? {
        guard let first = rest.first else { return nil }
        guard first == "'" else {
            guard let end = rest.firstIndex(of: "=") else { return nil }
            // Words before the label are no part of it.
            let label = rest[..<end].split(whereSeparator: \.isWhitespace).last ?? ""
            rest = rest[rest.index(after: end)...]
            return String(label)
        }
        rest = rest.dropFirst()
        var label = ""
        while let character = rest.popFirst() {
            if character == "'" {
                // Two quotes stand for one.
                guard rest.first == "'" else { break }
                rest = rest.dropFirst()
            }
            label.append(character)
        }
        // Without its equals sign it is no label.
        if rest.first == "=" { rest = rest.dropFirst() } else { label = "" }
        return label
    }

    private init?(_ label: String, _ token: Substring) {
        self.label = label
        let fields = token.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { $0 != "'" } }
        let first = fields.first ?? ""
        if first != "U" {
            // A plugin follows its locale: some write a comma before the fraction.
            guard let number = first.prefixMatch(of: /[-+]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?/),
                let value = Double(number.output.replacing(",", with: ".")), value.isFinite
            else { return nil }
            let rest = first[number.range.upperBound...]
            // Commas between thousands would make another number of it.
            guard rest.first?.isNumber != true, rest.first != ",", rest.first != "." else { return nil }
            self.value = value
            unit = String(rest).line(limit: 10)
        }
        warning = fields.count > 1 ? fields[1].line(limit: 40) : ""
        critical = fields.count > 2 ? fields[2].line(limit: 40) : ""
    }

    /// The value as a part of the service, with the status by its own limits.
    var check: ProbeResult.SubCheck {
        guard let value else {
            return .init(name: label, status: .unknown, message: "the plugin could not determine it")
        }
        var status = ProbeStatus.healthy
        if PluginRange(warning)?.alerts(value) == true { status = .degraded }
        if PluginRange(critical)?.alerts(value) == true { status = .unhealthy }
        let limits = [("warning", warning), ("critical", critical)].filter { !$0.1.isEmpty }.map { "\($0) \($1)" }
        let number = Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        let shown =
            unit.isEmpty || unit == "%" || unit == "c" ? "\(number)\(unit == "c" ? "" : unit)" : "\(number) \(unit)"
        return .init(
            name: label, status: status,
            message: shown + (limits.isEmpty ? "" : " (\(limits.joined(separator: ", ")))"), value: value)
    }
}

/// A threshold of a plugin: `10` alerts outside 0 to 10, `10:` below 10, `~:10` above 10, `@10:20` inside. Pure.
struct PluginRange: Equatable {
    private let range: ClosedRange<Double>
    private let alertsInside: Bool

    /// Nil without a threshold, or for one that cannot be read.
    init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        alertsInside = text.hasPrefix("@")
        let parts = text.replacing(",", with: ".").drop { $0 == "@" }.split(
            separator: ":", omittingEmptySubsequences: false)
        let (low, high): (Double?, Double?)
        switch parts.count {
        case 1: (low, high) = (0, Double(parts[0]))
        case 2:
            low = parts[0] == "~" ? -.infinity : parts[0].isEmpty ? 0 : Double(parts[0])
            high = parts[1].isEmpty ? .infinity : Double(parts[1])
        default: return nil
        }
        guard let low, let high, low <= high else { return nil }
        range = low...high
    }

    func alerts(_ value: Double) -> Bool { range.contains(value) == alertsInside }
}
