import KeepAliveKit
import KeepAlivePlatform

/// The bot's processes on this machine. Pure.
struct ProcessPanel {
    let bot: BotState
    let style: Style

    var panel: Panel {
        let processes = bot.processes
        guard !processes.isEmpty else {
            return Panel(title: "Processes", least: 1, wanted: 1) { width, _ in
                [Line(width, style, " none found: another machine, a container, or another user", .faint)]
            }
        }
        return Panel(title: "Processes", least: min(3, processes.count + 1), wanted: processes.count + 1) {
            width, height in
            lines(processes, width: width, height: height)
        }
    }

    private func lines(_ processes: [ProcessSample], width: Int, height: Int) -> [Line] {
        var lines: [Line] = []
        func add(_ cells: [String], _ paint: Style.Paint) {
            var line = Line(width, style, " ")
            for (index, cell) in cells.prefix(7).enumerated() {
                // Name and role on the left, numbers on the right; the name takes the remaining width.
                let column = [7, max(6, min(24, width - 66)), 7, 9, 7, 6, 12][index]
                line.add(cell, paint, column: column, toRight: index != 1)
                line.add(index == 0 ? "  " : " ")
            }
            line.add(cells.last ?? "", paint)
            lines.append(line)
        }
        add(["PID", "NAME", "CPU", "MEMORY", "THREADS", "FILES", "AGE", "ROLE"], .faint)
        let shown = processes.count < height ? processes.count : max(0, height - 2)
        // If rows are short, the bot's own process comes first.
        let sorted =
            shown < processes.count
            ? processes.filter { $0.role == .bot } + processes.filter { $0.role != .bot } : processes
        for process in sorted.prefix(shown) {
            add(
                [
                    "\(process.id)", process.name, process.processor.map(Format.percent) ?? style.sign(.unknown),
                    Format.bytes(process.memory), "\(process.threads)",
                    process.descriptors.map(String.init) ?? style.sign(.unknown), Format.age(process.age),
                    process.role.rawValue,
                ], process.role == .bot ? .strong : .plain)
        }
        if shown < processes.count {
            lines.append(Line(width, style, " and \(processes.count - shown) more", .faint))
        }
        return lines
    }
}
