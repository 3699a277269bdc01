/// The last lines of a bot's launcher, the newest at the foot. Pure.
struct LogPanel {
    let log: WatchModel.LauncherLog
    let style: Style

    func lines(width: Int, height: Int) -> [Line] {
        guard height > 1 else { return [] }
        var lines = [Panel.heading("Launcher", note: "l closes", width: width, style: style)]
        let texts = log.lines ?? ["reading the log"]
        for text in texts.suffix(height - 1) { lines.append(Line(width, style, " \(text)")) }
        return lines
    }
}
