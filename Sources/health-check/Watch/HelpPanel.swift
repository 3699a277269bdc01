/// What the keys and signs mean. Pure.
enum HelpPanel {
    /// The keys, with commas between those that do the same, and what they do.
    static let keys = [
        ("q, Ctrl-C", "quit"), ("r", "restart the bot (asks first)"), ("up, down, k, j", "choose a bot"),
        ("PgUp, PgDn", "ten bots further"), ("Home, End, g, G", "the first, the last"),
        ("Enter", "the bot alone, or the list"), ("s", "trouble first, or as given"),
        ("Ctrl-Z", "suspend; fg comes back"), ("Esc", "take back a message"),
        ("?, h", "this help; any key closes it"),
    ]

    static func lines(width: Int, height: Int, style: Style) -> [Line] {
        let signs: [(BotState.Status, String)] = [
            (.healthy, "healthy"), (.degraded, "degraded: a check that is not critical fails"),
            (.unhealthy, "unhealthy, or another program answers"), (.unreachable, "no answer"),
        ]
        var lines = [Panel.heading("Keys", width: width, style: style)]
        for (key, meaning) in keys {
            var line = Line(width, style, " ")
            line.add(key, .strong, column: 17)
            line.add(meaning)
            lines.append(line)
        }
        lines.append(Panel.heading("Signs", width: width, style: style))
        for (status, meaning) in signs {
            var line = Line(width, style, " ")
            line.add(status.sign, status.paint)
            line.add(" \(meaning)")
            lines.append(line)
        }
        return Array(lines.prefix(height))
    }
}
