import KeepAliveKit
import KeepAlivePlatform

/// The dashboard's own machine. Pure.
struct SystemPanel {
    let system: SystemSample
    let folder: String
    let style: Style

    var panel: Panel {
        Panel(title: "This machine", least: 1, wanted: 3) { width, height in lines(width, height) }
    }

    private struct Meter {
        let name: String
        let share: Double?
        let words: String
    }

    private var meters: [Meter] {
        var processor: [String] = []
        if let share = system.processor { processor.append(Format.percent(share)) }
        if let count = system.processorCount { processor.append("of \(count)") }
        if let load = system.load { processor.append("load \(Format.short(load))") }
        return [
            Meter(name: "CPU", share: system.processor, words: processor.joined(separator: " ")),
            Meter(name: "Memory", share: system.memory?.share, words: words(system.memory)),
            Meter(
                name: "Disk", share: system.disk?.share,
                words: words(system.disk) + (folder.isEmpty ? "" : " at \(folder)")),
        ]
    }

    private func words(_ space: SystemSample.Space?) -> String {
        guard let space else { return style.sign(.unknown) }
        return "\(Format.percent(space.share)) of \(Format.bytes(space.total))"
    }

    private func lines(_ width: Int, _ height: Int) -> [Line] {
        // Without a row for each they share rows, without bars.
        guard height >= 3 else {
            var line = Line(width, style)
            for (index, meter) in meters.enumerated() {
                line.pad(to: index * width / 3 + 1)
                line.add("\(meter.name) ", .faint)
                line.add(meter.words, paint(meter), upTo: (index + 1) * width / 3 - line.width - 1)
            }
            return [line]
        }
        return meters.map { meter in
            var line = Line(width, style, " ")
            line.add(meter.name, .faint, column: 8)
            let cells = max(6, min(40, width / 3))
            let full = meter.share.map { Int(($0 * Double(cells)).rounded()) } ?? 0
            line.add(.filled, paint(meter), count: full)
            line.add(.unfilled, .faint, count: cells - full)
            line.add(" ")
            line.add(meter.words, paint(meter))
            return line
        }
    }

    private func paint(_ meter: Meter) -> Style.Paint {
        guard let share = meter.share else { return .faint }
        return share >= 0.95 ? .bad : share >= 0.85 ? .warning : .plain
    }
}
