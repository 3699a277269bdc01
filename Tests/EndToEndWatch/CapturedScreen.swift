/// A captured screen with placeholders for varying text: `~` matches any letter, and at a row's end any rest.
struct CapturedScreen {
    let rows: [Substring]

    init(_ text: String) {
        rows = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The first row that differs, expected and actual; nil if none does.
    func difference(from screen: String) -> String? {
        let others = screen.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, row) in rows.enumerated() {
            let other = others.indices.contains(index) ? others[index] : ""
            if !Self.matches(row, other) { return "row \(index + 1)\n\(row)\n\(other)" }
        }
        // tmux adds only empty rows below.
        return others.dropFirst(rows.count).first { !$0.isEmpty }.map { "more: \($0)" }
    }

    private static func matches(_ expected: Substring, _ row: Substring) -> Bool {
        let isOpen = expected.hasSuffix("~")
        let expected = isOpen ? expected.dropLast() : expected
        guard isOpen ? row.count >= expected.count : row.count == expected.count else { return false }
        return zip(expected, row).allSatisfy { $0 == "~" || $0 == $1 }
    }
}
