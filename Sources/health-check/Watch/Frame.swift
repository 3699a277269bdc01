import KeepAliveKit
import KeepAlivePlatform

/// The whole screen: model × size × style → rows. Pure.
enum Frame {
    /// The smallest window with a useful layout.
    static let smallest = Terminal.Size(columns: 40, rows: 10)

    /// Exactly the available number of rows, none too wide.
    static func lines(_ model: WatchModel, _ size: Terminal.Size, _ style: Style) -> [Line] {
        let rows = max(0, size.rows)
        guard size.columns >= smallest.columns, rows >= smallest.rows else { return tooSmall(size, style) }
        var lines = [title(model, size.columns, style)]
        let footer = footer(model, size.columns, style)
        let height = rows - 1 - footer.count
        if model.dialog == .help {
            lines += HelpPanel.lines(width: size.columns, height: height, style: style)
        } else {
            lines += body(model, size.columns, height, style).prefix(height)
        }
        while lines.count < rows - footer.count { lines.append(Line(size.columns, style)) }
        return lines + footer
    }

    /// One frame as text, at its full height, for a pipe, a file or a simple terminal.
    static func plain(_ model: WatchModel, columns: Int, style: Style) -> String {
        var style = style
        style.colour = false
        let columns = max(smallest.columns, columns)
        var lines = [title(model, columns, style)]
        lines += list(model, columns, rows: model.bots.count, style)
        for bot in model.bots {
            if model.bots.count > 1 {
                lines += [Line(columns, style), Panel.heading(model.label(bot), width: columns, style: style)]
            }
            let banner = Banner(bot: bot, now: model.now, style: style)
            lines += banner.lines(width: columns, isLarge: false, reasons: 40)
            // A single poll has no trend.
            let panels = [
                BotPanel(bot: bot, style: style).panel, ChecksPanel(bot: bot, style: style).panel,
                ProcessPanel(bot: bot, style: style).panel,
            ]
            let height = panels.reduce(0) { $0 + $1.wanted + 1 } + 40
            lines += Panel.stack(panels, width: columns, height: height, style: style)
        }
        let machine = SystemPanel(system: model.system, folder: model.folder, style: style).panel
        lines += Panel.stack([machine], width: columns, height: 4, style: style)
        return lines.map(\.plain).joined(separator: "\n")
    }

    private static func tooSmall(_ size: Terminal.Size, _ style: Style) -> [Line] {
        let texts = [
            "too small", "\(size.columns)x\(size.rows), needs", "\(smallest.columns)x\(smallest.rows)", "q quits",
        ]
        return (0..<max(0, size.rows)).map { Line(size.columns, style, texts.indices.contains($0) ? texts[$0] : "") }
    }

    private static func title(_ model: WatchModel, _ columns: Int, _ style: Style) -> Line {
        let clock = "\(Format.clock(model.clock.iso8601)) UTC"
        var line = Line(columns, style)
        let program = " health-check watch \(style.sign(.separator)) "
        let summary = model.bots.count == 1 ? "" : summary(model)
        // The number of troubled bots matters more than the program's name.
        let isWhole = program.count + summary.count + clock.count + 3 <= columns
        line.add(isWhole ? program : " ", .bar)
        let left = columns - line.width - clock.count - 3
        if model.bots.count == 1, let bot = model.bots.first {
            line.add(bot.title, .bar, upTo: left)
            if bot.title != bot.place { line.add("  \(bot.place)", .bar, upTo: columns - line.width - clock.count - 3) }
        } else {
            line.add(summary, .bar, upTo: left)
        }
        line.pad(to: columns - clock.count - 1, .bar)
        line.add(clock, .bar)
        line.pad(to: columns, .bar)
        return line
    }

    private static func summary(_ model: WatchModel) -> String {
        let parts = BotState.Status.allCases.compactMap { status in
            let count = model.bots.count { $0.status == status }
            return count == 0 ? nil : "\(count) \(status.word)"
        }
        return "\(model.bots.count) bots: " + parts.joined(separator: ", ")
    }

    private static func list(_ model: WatchModel, _ columns: Int, rows: Int, _ style: Style) -> [Line] {
        guard model.bots.count > 1 else { return [] }
        let named = model.order.map { number in
            let bot = model.bots[number]
            // The place first: it distinguishes copies of one bot, and the end of a row is cut.
            return (bot, model.isNameShared(bot) ? "\(bot.place) \(bot.title)" : bot.title)
        }
        return BotList(bots: named, selected: model.row, style: style).lines(width: columns, height: rows)
    }

    /// How many rows of the window the list has: twelve bots in the smallest usual one.
    private static func listRows(_ model: WatchModel, height: Int) -> Int {
        model.isAlone ? 0 : min(model.order.count, max(2, height / 4, min(12, height - 10)))
    }

    /// The bot in a row of the window; nil if there is none.
    static func bot(at row: Int, _ model: WatchModel, _ size: Terminal.Size) -> Int? {
        let order = model.order
        let rows = listRows(
            model,
            height: max(0, size.rows) - 1 - footer(model, size.columns, Style(colour: false, unicode: false)).count)
        guard model.bots.count > 1, model.dialog == .none, row >= 1, row <= rows else { return nil }
        let first = min(max(0, model.row - rows / 2), order.count - rows) + row - 1
        return order.indices.contains(first) ? order[first] : nil
    }

    private static func body(_ model: WatchModel, _ columns: Int, _ height: Int, _ style: Style) -> [Line] {
        guard let bot = model.bot else { return [] }
        var lines = model.isAlone ? [] : list(model, columns, rows: listRows(model, height: height), style)
        if model.bots.count > 1 {
            // The list may have more entries than rows.
            let note =
                (model.filter.isEmpty ? "" : "/\(style.fit(model.filter, in: 12).text): ")
                + (model.order.isEmpty ? "0" : "\(model.row + 1)") + " of \(model.order.count)"
                + (model.isByTrouble && columns >= 60 ? ", trouble first" : "")
            lines.append(Panel.heading(model.label(bot), note: note, width: columns, style: style))
        }
        if let log = model.log, log.bot == model.selected {
            return lines + LogPanel(log: log, style: style).lines(width: columns, height: height - lines.count)
        }
        let banner = Banner(bot: bot, now: model.now, style: style)
        let isLarge = height - lines.count >= 18
        // In trouble the reasons matter most.
        let share = bot.status.isGood ? 6 : 3
        let needed = banner.reasonLines(width: columns, rows: height).count
        let reasonRows = max(1, min(needed, (height - lines.count) / share))
        lines += banner.lines(width: columns, isLarge: isLarge, reasons: reasonRows)
        let left = height - lines.count
        let own = [BotPanel(bot: bot, style: style).panel, TrendPanel(bot: bot, style: style).panel]
        let checks = ChecksPanel(bot: bot, style: style).panel
        let around = [
            ProcessPanel(bot: bot, style: style).panel,
            SystemPanel(system: model.system, folder: model.folder, style: style).panel,
        ]
        guard columns >= 140 else {
            return lines + Panel.stack(own + around + [checks], width: columns, height: left, style: style)
        }
        let half = (columns - 2) / 2
        let first = Panel.stack(own, width: half, height: left, style: style)
        let second = Panel.stack(around + [checks], width: columns - half - 2, height: left, style: style)
        for row in 0..<max(first.count, second.count) {
            var line = Line(columns, style)
            if first.indices.contains(row) { line.add(first[row]) }
            line.pad(to: half + 2)
            if second.indices.contains(row) { line.add(second[row]) }
            lines.append(line)
        }
        return lines
    }

    private static func footer(_ model: WatchModel, _ columns: Int, _ style: Style) -> [Line] {
        var line = Line(columns, style)
        if case .restart(let index) = model.dialog, model.bots.indices.contains(index) {
            let bot = model.bots[index]
            // The question must fit, however long the bot's name is.
            let end = (model.token == .set ? " with RESTART_TOKEN" : "") + "? y/N "
            line.add(" Restart ", .bar)
            let left = columns - line.width - end.count
            let place = bot.title == bot.place ? "" : " at \(bot.place)"
            line.add(bot.title, .bar, upTo: left - min(place.count, left * 2 / 3))
            line.add(place, .bar, upTo: columns - line.width - end.count)
            line.add(end, .bar)
            return [line]
        }
        if model.isTyping {
            line.add(" /", .strong)
            line.add(model.filter, .strong, upTo: max(0, columns - 40))
            line.add(.filled, .faint)
            line.add(" Enter keep, Esc show all ", .faint, upTo: line.room)
            return [line]
        }
        if let notice = model.notice {
            // A bot's refusal may take a sentence or two.
            return style.wrap(notice.words, in: columns - 2, rows: 3).map {
                Line(columns, style, " \($0) ", notice.isGood ? .strong : .bad)
            }
        }
        let keys = [("q", "quit"), ("r", "restart"), ("?", "help")]
        let more = [
            ("Enter", model.isAlone ? "list" : "alone"), ("s", model.isByTrouble ? "as given" : "trouble first"),
        ]
        let log = [("l", "log")]
        let all = model.bots.count > 1 ? [("j/k", "choose")] + keys + [("/", "filter")] + log + more : keys + log
        for (key, meaning) in all where key.count + meaning.count + 3 <= line.room {
            line.add(" ")
            line.add(key, .strong)
            line.add(" \(meaning) ", .faint)
        }
        return [line]
    }
}
