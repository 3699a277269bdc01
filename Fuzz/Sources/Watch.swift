@testable import KeepAliveHealthCheck
@testable import KeepAliveKit
@testable import KeepAlivePlatform
@testable import KeepAliveToolSupport

/// What health-check makes of a bot's report: the verdict and the dashboard.
let watchTargets = [Target(name: "watch", most: 1 << 16, look: lookAtWatch)]

/// Keys, a zero byte, and reports, one after the other. No text of a bot acts on the terminal, and no row is too wide.
private func lookAtWatch(_ bytes: [UInt8]) {
    let (keys, reports) = halves(bytes)
    guard let url = HTTPURL("http://127.0.0.1:8001/health") else { return }
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    let clock = WallTime(microseconds: 1_768_838_847_000_000)
    var model = WatchModel(addresses: ["127.0.0.1:8001", "b.example"], now: now, clock: clock)
    func happen(_ event: WatchEvent) {
        now = now.advanced(by: .seconds(1))
        _ = model.handle(event, now: now, clock: clock)
    }
    for json in reports.split(separator: 0).prefix(5).map(Array.init) {
        guard let report = BotReport(json: json) else { continue }
        let finding = Finding.report(report, json: json, at: url)
        for output in [KeepAliveHealthCheck.Options.Output.text, .json, .nagios, .quiet] {
            let verdict = Verdict(finding, as: output)
            require((0...3).contains(verdict.exitCode), "the code is \(verdict.exitCode)")
            requireQuiet(verdict.text)
        }
        happen(.looked(bot: 0, Look(finding: finding, name: text(keys), took: .milliseconds(3))))
        happen(.looked(bot: 1, Look(finding: .unreachable(text(keys)), name: nil, took: .milliseconds(3))))
    }
    var reader = KeyReader()
    for key in reader.read(keys.prefix(50)) { happen(.key(key)) }
    for isUnicode in [true, false] {
        let style = Style(colour: true, unicode: isUnicode)
        for (columns, rows) in [(40, 10), (80, 24), (200, 60)] {
            let lines = Frame.lines(model, .init(columns: columns, rows: rows), style)
            require(lines.count == rows, "\(lines.count) rows of \(rows)")
            for line in lines {
                require(line.width <= columns, "a row of \(line.width) columns in \(columns)")
                requireQuiet(line.plain)
            }
        }
        requireQuiet(Frame.plain(model, columns: 100, style: style))
    }
}

private func requireQuiet(_ text: String) {
    let acts = text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) }
    require(!acts, "a control character is shown: \(text.debugDescription)")
}
