import KeepAliveKit
import KeepAlivePlatform

/// The chosen bot's status in large letters, with the reasons. Pure.
struct Banner {
    let bot: BotState
    let now: MonotonicTime
    let style: Style

    /// The rows, the most important first.
    ///
    /// - Parameter isLarge: whether the word has three rows.
    func lines(width: Int, isLarge: Bool, reasons: Int) -> [Line] {
        var lines: [Line] = []
        let word = bot.status.word.uppercased()
        let big = isLarge && style.unicode ? BigText.rows(word) : nil
        if let big, let bigWidth = big.first?.count, bigWidth + 28 <= width {
            for (row, text) in big.enumerated() {
                var line = Line(width, style, " ")
                line.add(text, bot.status.paint)
                // If the window is wide enough, the facts start at one column for every status.
                line.pad(to: max(bigWidth + 4, min(58, width - 40)))
                line.add(facts[row])
                lines.append(line)
            }
        } else {
            var line = Line(width, style, " ")
            line.add(" \(style.sign(bot.status.sign)) \(word) ", bot.status.badge)
            for fact in facts where fact.count + 3 <= line.room {
                line.add("  ")
                line.add(fact)
            }
            lines.append(line)
        }
        return lines + reasonLines(width: width, rows: reasons)
    }

    /// The reasons, each on as many rows as needed. If rows are short, each sentence gets its first row before any gets
    /// a second.
    func reasonLines(width: Int, rows: Int) -> [Line] {
        let sentences = reasons.prefix(max(0, rows))
        var lines: [Line] = []
        for (index, (text, paint)) in sentences.enumerated() {
            let others = sentences.count - index - 1
            for (part, words) in style.wrap(text, in: width - 2, rows: rows - lines.count - others).enumerated() {
                var line = Line(width, style, part == 0 ? " " : "   ")
                line.add(words, paint)
                lines.append(line)
            }
        }
        return lines
    }

    /// The reasons in sentences; the current problem comes first.
    var reasons: [(String, Style.Paint)] {
        var sentences: [(String, Style.Paint)] = []
        switch bot.status {
        case .waiting: sentences.append(("Asking \(bot.place).", .faint))
        case .unreachable, .stranger, .standby:
            sentences.append((Self.sentence(bot.trouble ?? ""), bot.status == .standby ? .plain : .bad))
            if let at = bot.reportedAt {
                sentences.append(
                    ("The figures below are from the last report, \(Format.age(now.since(at).seconds)) ago.", .faint))
            }
        case .healthy, .degraded, .unhealthy:
            sentences += (bot.report?.reasons ?? []).map { ($0, bot.status.paint) }
            if sentences.isEmpty { sentences.append(("All checks pass.", .faint)) }
        }
        return sentences
    }

    private static func sentence(_ words: String) -> String {
        words.hasSuffix(".") ? words : words + "."
    }

    /// Three facts beside the word.
    private var facts: [String] {
        let since = bot.since.map { "since \(bot.sinceClock) UTC (\(Format.duration(now.since($0).seconds)))" }
        guard bot.isSeen, let report = bot.report else { return [since ?? "", bot.place, ""] }
        return [
            "up \(Format.age(report.uptimeSeconds)), version \(report.botVersion)", "\(bot.status.word) \(since ?? "")",
            "answered in \(Format.milliseconds((bot.took ?? .zero).seconds * 1000))",
        ]
    }
}
