import KeepAliveKit
import KeepAlivePlatform

/// The bot's history: a sign per poll, and plots of its figures. Pure.
struct TrendPanel {
    let bot: BotState
    let style: Style

    private static let labelWidth = 13
    private static let valueWidth = 22

    var panel: Panel {
        Panel(
            title: "Trend", least: 1, wanted: 3, grows: true, draw: { width, height in lines(width, height) },
            note: { width in
                // The age of the plots' first value.
                guard let first = bot.history.suffix(Sparkline.capacity(room(width), style)).first,
                    let last = bot.history.last
                else { return "" }
                return "last " + Format.duration(last.at.since(first.at).seconds)
            })
    }

    private func lines(_ width: Int, _ height: Int) -> [Line] {
        var lines = [status(width)]
        let plots: [(String, [Double?], (Double) -> String)] = [
            ("Updates", bot.history.map(\.updatesPerSecond), { "\(Format.short($0))/s" }),
            ("Response p95", bot.history.map(\.p95), Format.milliseconds),
            ("Memory", bot.history.map(\.memory), { Format.bytes(UInt64(exactly: $0.rounded()) ?? 0) }),
            ("Answer time", bot.history.map(\.took), Format.milliseconds),
            ("Errors", bot.history.map(\.errorsPerSecond), { "\(Format.short($0))/s" }),
        ]
        // One row each if possible; spare rows make the plots higher.
        let shown = plots.prefix(max(0, height - 1))
        guard !shown.isEmpty else { return lines }
        let tall = min(6, max(1, (height - 1) / shown.count))
        for (name, values, format) in shown {
            lines += plot(name, values, format, width: width, height: tall)
        }
        return lines
    }

    private func room(_ width: Int) -> Int { max(4, width - Self.labelWidth - Self.valueWidth - 2) }

    private func status(_ width: Int) -> Line {
        var line = Line(width, style, " ")
        line.add("Status", .faint, column: Self.labelWidth)
        let room = room(width)
        let moments = bot.history.suffix(room)
        line.space(room - moments.count)
        for moment in moments { line.add(moment.status.sign, moment.status.paint) }
        line.add(" ")
        let good = moments.count { $0.status.isGood }
        if !moments.isEmpty { line.add("\(good) of \(moments.count) good", .plain, upTo: Self.valueWidth) }
        return line
    }

    private func plot(
        _ name: String, _ values: [Double?], _ format: (Double) -> String, width: Int, height: Int
    ) -> [Line] {
        let room = room(width)
        let spark = Sparkline(values, width: room, height: height, style: style)
        let highest = values.suffix(Sparkline.capacity(room, style)).compactMap { $0 }.max()
        return spark.rows.enumerated().map { row, text in
            var line = Line(width, style, " ")
            // The name and the newest value stand beside the plot's lowest row.
            let isFoot = row == height - 1
            line.add(isFoot ? name : "", .faint, column: Self.labelWidth)
            line.add(text, .accent)
            line.add(" ")
            if isFoot, let last = values.last {
                let now = last.map(format) ?? style.sign(.unknown)
                line.add(now + (highest.map { ", max \(format($0))" } ?? ""), upTo: Self.valueWidth)
            }
            return line
        }
    }
}
