import KeepAliveKit

/// Several bots, one row each, around the chosen one. Pure.
struct BotList {
    /// In display order, with each bot's label.
    let bots: [(state: BotState, name: String)]
    /// The row of the chosen one.
    let selected: Int
    let style: Style

    /// The first shown row: the chosen bot stays in the middle if possible.
    func first(height: Int) -> Int { min(max(0, selected - height / 2), bots.count - height) }

    func lines(width: Int, height: Int) -> [Line] {
        let height = min(height, bots.count)
        guard height > 0 else { return [] }
        let first = first(height: height)
        let nameWidth = max(10, min(40, width < 80 ? width * 3 / 10 : width / 4))
        return (first..<first + height).map { index in
            let (bot, name) = bots[index]
            let isChosen = index == selected
            var line = Line(width, style)
            if isChosen { line.add(.chosen, .strong) } else { line.add(" ") }
            line.add(" ")
            line.add(bot.status.sign, bot.status.paint)
            line.add(" ")
            line.add(name, isChosen ? .strong : .plain, column: nameWidth)
            line.add(" ")
            line.add(bot.status.word, bot.status.paint, column: 12)
            if let report = bot.report, bot.isSeen {
                line.add(Format.age(report.uptimeSeconds.rounded(.down)), column: 12)
                // A figure without its last digits would be wrong.
                guard line.room >= 22 else { return line }
                line.add(bot.updatesPerSecond.map { "\(Format.short($0))/s" } ?? "", column: 8, toRight: true)
                line.add("  ")
                let left = line.room - 14
                if left >= 6 {
                    line.add(
                        Sparkline(bot.history.map(\.updatesPerSecond), width: min(left, 60), style: style).rows[0],
                        .accent)
                    line.add("  ")
                }
                line.add(Format.percent(report.errorRate) + " errors")
            } else {
                line.add(bot.trouble ?? bot.place, .faint)
            }
            return line
        }
    }
}
