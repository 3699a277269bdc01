import KeepAliveKit
import KeepAlivePlatform

/// Edits the bot's output lines, as bytes. Pure.
struct BotLines {
    /// The lines, with a time before each line that has none.
    static func stamped(_ lines: ArraySlice<UInt8>, at time: WallTime) -> [UInt8] {
        let stamp = Array("\(time.iso8601) ".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(lines.count + lines.count / 4 + 64)
        forEachLine(in: lines) { line in
            if !LineTime.begins(line) { text.append(contentsOf: stamp) }
            text.append(contentsOf: line)
        }
        return text
    }

    /// The lines with direction marks and C1 controls replaced by `\u202e` notation; nil if there are none. A line that
    /// is not UTF-8 stays unchanged, because these bytes mean something else there.
    static func withoutActing(_ lines: ArraySlice<UInt8>) -> [UInt8]? {
        guard ActingCharacter.isThere(in: lines.span) else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(lines.count)
        forEachLine(in: lines) { line in
            if let shown = ActingCharacter.escaped(line.span), String(validating: line, as: UTF8.self) != nil {
                text.append(contentsOf: shown)
            } else {
                text.append(contentsOf: line)
            }
        }
        return text
    }

    /// Each line with its line end.
    private static func forEachLine(in lines: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var rest = lines
        while !rest.isEmpty {
            let length = rest.span.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.count
            body(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
    }
}
