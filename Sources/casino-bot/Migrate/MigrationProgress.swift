/// Prints the steps of a migration: on a terminal one line for each table, which changes; elsewhere its last state alone.
struct MigrationProgress {
    let isTerminal: Bool

    func show(_ step: Migration.Step) {
        switch step {
        case .checked: say("the file is locked, and the target is empty")
        case .copied(let table, let rows, let count):
            let line = Self.line(table, rows, count)
            if isTerminal {
                write("\r\(line)\(rows == count ? "\n" : "")")
            } else if rows == count {
                say(line)
            }
        case .compared: say("counts and sums are equal")
        case .marked, .committed, .done: break
        }
    }

    /// Prints a line at once.
    func say(_ words: String) { write("\(words)\n") }

    private func write(_ text: String) { Terminal.show(text) }

    static func line(_ table: String, _ rows: Int64, _ count: Int64) -> String {
        let share = count > 0 ? Int((Double(rows) / Double(count) * 20).rounded(.down)) : 20
        let bar = String(repeating: "#", count: min(20, share)) + String(repeating: ".", count: max(0, 20 - share))
        return "\(table) [\(bar)] \(rows) of \(count)"
    }
}
