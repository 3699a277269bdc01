/// Explains the keys and signs. Pure.
enum HelpPanel {
    /// The keys, with commas between equivalent ones, and their actions.
    static let keys = [
        ("q, Ctrl-C", "quit"), ("r", "restart the bot (asks first)"), ("up, down, k, j", "choose a bot"),
        ("PgUp, PgDn", "move by ten bots"), ("Home, End, g, G", "the first or last bot"),
        ("Enter", "show one bot, or all"), ("s", "trouble first, or given order"),
        ("/", "filter by name, address or status"), ("l", "the launcher's last lines"),
        ("mouse", "wheel scrolls, a click chooses"), ("Ctrl-Z", "suspend; fg resumes"), ("Esc", "close a message"),
        ("?, h", "this help; any key closes it"),
    ]

    static func lines(width: Int, height: Int, style: Style) -> [Line] {
        let signs: [(BotState.Status, String)] = [
            (.healthy, "healthy"), (.degraded, "degraded: a non-critical check fails"),
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
