import Foundation

@testable import KeepAliveHealthCheck
@testable import KeepAliveKit
@testable import KeepAlivePlatform

/// Files and documents that the kit and health-check read.
let textTargets = [
    Target(name: "report", most: 1 << 20, look: lookAtReport),
    Target(name: "environment", most: 1 << 20, look: lookAtEnvironment),
    Target(name: "ledger", most: 4096, look: lookAtLedger),
    Target(name: "keys", most: 1 << 14, look: lookAtKeys),
]

/// A bot's report. The kit's reader and Foundation's agree on what is JSON.
private func lookAtReport(_ bytes: [UInt8]) {
    if let report = BotReport(json: bytes) {
        require(report.uptimeSeconds >= 0, "the uptime is negative")
        require(report.errorRate >= 0, "the error rate is negative")
    }
    _ = BotIdentity(json: bytes)
    let isObject = JSONReader.readObject(bytes) { _, value in _ = value.string() }
    guard let decoded = String(validating: bytes, as: UTF8.self), bytes.count < 4096 else { return }
    let other = try? JSONSerialization.jsonObject(with: Data(bytes))
    // Foundation also limits numbers, and guesses UTF-16 and UTF-32.
    if isObject, !decoded.contains(where: { $0.isNumber }), !bytes.contains(0) {
        require(other is [String: Any], "Foundation refuses what the kit accepts: \(decoded.debugDescription)")
    }
    // The kit refuses a key that stands twice, and deep nesting; Foundation takes a comma before the end.
    let isComparable =
        depth(bytes) < 60 && bytes.first != 0xEF && !bytes.contains(0) && !decoded.contains("\\u")
        && !decoded.contains(/,\s*[}\]]/)
    if let other = other as? [String: Any], isComparable, members(other) == bytes.count(where: { $0 == 0x3A }) {
        require(isObject, "the kit refuses what Foundation accepts: \(decoded.debugDescription)")
    }
}

private func members(_ value: Any) -> Int {
    if let object = value as? [String: Any] { return object.count + object.values.reduce(0) { $0 + members($1) } }
    return (value as? [Any])?.reduce(0) { $0 + members($1) } ?? 0
}

private func depth(_ bytes: [UInt8]) -> Int { bytes.count { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") } }

/// A `.env` file. Its values can be written in quotes and read again.
private func lookAtEnvironment(_ bytes: [UInt8]) {
    guard let variables = try? EnvironmentFile.parse(bytes, path: ".env") else { return }
    var written = ""
    for (name, value) in variables {
        require(!name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }, name)
        var quoted = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\", "\"", "$": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        written += "\(name)=\"\(quoted)\"\n"
    }
    same(try? EnvironmentFile.parse(Array(written.utf8), path: ".env"), variables, "the written file differs")
}

/// The ledger of restarts.
private func lookAtLedger(_ bytes: [UInt8]) {
    guard let ledger = RestartLedger(json: text(bytes)) else { return }
    same(RestartLedger(json: ledger.json), ledger, "the written ledger differs")
    for now in [0, 1_768_838_847_123_456, .max, .min] as [Int64] {
        let remaining = ledger.remaining(at: now)
        require(remaining >= .zero && remaining <= max(.zero, ledger.delay), "it remains \(remaining)")
        _ = ledger.isRecent(at: now, resetAfter: .seconds(600))
    }
}

/// A terminal's keys, and texts of bots on a terminal.
private func lookAtKeys(_ bytes: [UInt8]) {
    var whole = KeyReader()
    let keys = whole.read(bytes)
    var pieces = KeyReader()
    let cut = cuts(bytes)[0]
    same(pieces.read(bytes[..<cut]) + pieces.read(bytes[cut...]), keys, "a cut at \(cut) changes the keys")
    _ = whole.pause()
    let shown = PlainText.of(text(bytes))
    let acts = shown.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) }
    require(!acts, "a control character is shown")
    same(PlainText.of(shown), shown, "the plain text changes")
}
