import KeepAliveKit
import KeepAlivePlatform

/// What a Nagios plugin printed: a line for people, and values after `|`, on that line or after the text of several
/// lines. Pure.
struct PluginOutput: Equatable {
    var message: String
    var data: [PerformanceData]
    /// How many values are left out, because there are too many.
    var more: Int

    init(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        let first = lines.first?.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false) ?? []
        message = (first.first.map(String.init) ?? "").line(limit: 1000)
        var values = first.count > 1 ? [first[1]] : []
        var isText = true
        for line in lines.dropFirst() {
            if isText {
                guard let bar = line.firstIndex(of: "|") else { continue }
                isText = false
                values.append(line[line.index(after: bar)...])
            } else {
                values.append(line)
            }
        }
        (data, more) = PerformanceData.parse(values.joined(separator: " "))
    }
}

extension ProbeResult {
    /// Judges a command as Nagios judges a plugin.
    ///
    /// - Parameter timeout: the time that it was given.
    init(_ output: CommandOutput, timeout: Duration) {
        let plugin = PluginOutput(output.text)
        let errors = output.errors.split(whereSeparator: \.isNewline).first.map { String($0).line(limit: 1000) } ?? ""
        let words = plugin.message.isEmpty ? errors : plugin.message
        let quote = words.isEmpty ? "" : ": \(words)"
        switch output.end {
        case .exited(let code) where (0...3).contains(code):
            let statuses: [ProbeStatus] = [.healthy, .degraded, .unhealthy, .unknown]
            self.init(
                status: statuses[Int(code)], message: words.isEmpty ? "exit code \(code), without a text" : words)
        case .exited(let code) where code == 126 || code == 127:
            self.init(
                status: .unknown,
                message: "exit code \(code): a program is missing or not executable; check command\(quote)")
        case .exited(let code):
            self.init(status: .unhealthy, message: "exit code \(code), which no plugin has (0 to 3)\(quote)")
        case .signalled(let signal): self.init(status: .unhealthy, message: "ended by signal \(signal)\(quote)")
        case .late:
            self.init(status: .unhealthy, message: "did not end within \(timeout.inWords), and was killed\(quote)")
        }
        checks = plugin.data.map(\.check)
        if plugin.more > 0 {
            message += " (\(plugin.more.counted("more value")) left out, \(PerformanceData.most) shown)"
        }
    }
}
