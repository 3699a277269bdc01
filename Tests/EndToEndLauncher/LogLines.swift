import Foundation

/// The launcher's lines with their times.
struct LogLines {
    let lines: [(time: TimeInterval, text: String)]

    init(_ output: String) {
        let parser = ISO8601DateFormatter()
        parser.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        lines = output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0].hasSuffix("Z"), let dot = words[0].firstIndex(of: "."),
                let fraction = Double("0" + words[0][dot...].dropLast()),
                let whole = parser.date(from: words[0][..<dot] + ".000Z")
            else { return nil }
            return (whole.timeIntervalSince1970 + fraction, String(words[1]))
        }
    }

    /// The times of the lines that contain a text.
    func times(_ text: String) -> [TimeInterval] { lines.filter { $0.text.contains(text) }.map(\.time) }

    /// The delays in the lines "restart in X s".
    var delays: [String] {
        lines.compactMap { line in
            line.text.firstRange(of: "restart in ").map { String(line.text[$0.upperBound...].prefix { $0 != ";" }) }
        }
    }
}
