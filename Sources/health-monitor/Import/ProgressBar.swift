import KeepAlivePlatform

/// A line on standard error that shows how far a long work is: a bar on a terminal, otherwise a line at each tenth.
struct ProgressBar {
    private let total: Int
    private let what: String
    private let isTerminal: Bool
    private var shown = -1

    init(of total: Int, what: String) {
        self.total = total
        self.what = what
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// The line for a number of finished items. Pure.
    static func line(_ count: Int, of total: Int, _ what: String, isTerminal: Bool) -> String {
        let percent = Self.percent(count, of: total)
        let words = "\(percent) % (\(count) of \(total) \(what))"
        guard isTerminal else { return words }
        let full = percent * 30 / 100
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: 30 - full) + "] \(words)"
    }

    /// Whether a line is due after the one of `shown` percent, which is -1 before the first. Pure.
    static func isDue(_ percent: Int, after shown: Int, isTerminal: Bool) -> Bool {
        isTerminal ? percent > shown : percent / 10 > max(0, shown) / 10
    }

    private static func percent(_ count: Int, of total: Int) -> Int {
        total > 0 ? Int(Double(min(count, total)) / Double(total) * 100) : 100
    }

    mutating func show(_ count: Int) {
        let percent = Self.percent(count, of: total)
        guard Self.isDue(percent, after: shown, isTerminal: isTerminal) else { return }
        shown = percent
        let line = Self.line(count, of: total, what, isTerminal: isTerminal)
        Self.write(isTerminal ? "\r\(line)" : "\(line)\n")
    }

    /// Ends the line of the bar.
    func finish() {
        if isTerminal, shown >= 0 { Self.write("\n") }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = try? FileDescriptor.write(bytes.span, to: STDERR_FILENO)
    }
}
