import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The output and exit code. Pure.
struct Verdict: Equatable {
    let text: String
    let exitCode: Int32

    init(_ finding: Finding, as output: Options.Output) {
        let (text, code) =
            switch finding {
            case .report(let report, let json, let url): Self.words(for: report, json, at: url, as: output)
            case .standby(let leader): Self.words(standby: leader, as: output)
            case .unreachable(let reason): Self.words("unreachable", reason, nagios: ("CRITICAL", 2), as: output)
            case .stranger(let reason): Self.words("not the bot", reason, nagios: ("UNKNOWN", 3), as: output)
            }
        // Any part may contain a peer's text.
        self.text = PlainText.of(text)
        exitCode = code
    }

    private static func words(
        for report: BotReport, _ json: [UInt8], at url: HTTPURL, as output: Options.Output
    ) -> (String, Int32) {
        let code: Int32 = report.status == .unhealthy ? 1 : 0
        switch output {
        case .quiet: return ("", code)
        case .nagios: return nagios(report)
        case .text:
            let head =
                "\(report.status.rawValue): \(url.authority), up \(Format.duration(report.uptimeSeconds)), "
                + "\(report.totalUpdates) updates, \(report.totalErrors) errors"
            return (([head] + report.reasons.map { "  \(line($0))" }).joined(separator: "\n"), code)
        case .json:
            // Between JSON values, where alone these are legal unescaped; a bare carriage return would hide the text
            // before it.
            let spaced = json.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") ? UInt8(ascii: " ") : $0 }
            var text = String(decoding: spaced, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return (text, code)
        }
    }

    private static func words(standby leader: String, as output: Options.Output) -> (String, Int32) {
        switch output {
        case .quiet: return ("", 0)
        case .nagios: return ("KEEPALIVE OK - standby: \(message(leader))", 0)
        case .text: return ("standby: \(line(leader))", 0)
        case .json:
            var bytes: [UInt8] = []
            bytes.append(#"{"status":"standby","reason":"#)
            bytes.appendJSON(leader)
            bytes.append("}")
            return (String(decoding: bytes, as: UTF8.self), 0)
        }
    }

    private static func words(
        _ status: StaticString, _ reason: String, nagios: (word: String, code: Int32), as output: Options.Output
    ) -> (String, Int32) {
        switch output {
        case .quiet: return ("", 1)
        case .nagios: return ("KEEPALIVE \(nagios.word) - \(message(reason))", nagios.code)
        case .text: return ("\(status): \(line(reason))", 1)
        case .json:
            var bytes: [UInt8] = []
            bytes.append(#"{"status":""#)
            bytes.append(status)
            bytes.append(#"","error":"#)
            bytes.appendJSON(reason)
            bytes.append("}")
            return (String(decoding: bytes, as: UTF8.self), 1)
        }
    }

    /// One line by the Nagios plugin guidelines: `SERVICE STATUS - text | performance data`.
    private static func nagios(_ report: BotReport) -> (String, Int32) {
        let (word, code): (String, Int32) =
            switch report.status {
            case .healthy: ("OK", 0)
            case .degraded: ("WARNING", 1)
            case .unhealthy: ("CRITICAL", 2)
            }
        let up = "up \(Format.duration(report.uptimeSeconds))"
        let text = report.reasons.isEmpty ? up : report.reasons.joined(separator: " ")
        let data =
            "uptime=\(Format.whole(report.uptimeSeconds))s updates=\(report.totalUpdates)c errors=\(report.totalErrors)c "
            + "error_rate=\(decimal(report.errorRate));0.01;0.05 last_update_ago=\(Format.whole(report.lastUpdateAgo))s"
        return ("KEEPALIVE \(word) - \(report.status.rawValue), \(message(text)) | \(data)", code)
    }

    /// The text on one line.
    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    /// The text on one line without bars, because a bar begins the performance data.
    static func message(_ text: String) -> String {
        line(text).replacingScalars { $0 == "|" ? " " : nil }
    }

    /// Up to six decimals, never an exponent: performance data allows only digits, a point and a sign.
    private static func decimal(_ value: Double) -> String {
        let digits = Format.decimal(min(max(value, 0), 1e9), places: 6)
        let end = digits.lastIndex { $0 != "0" } ?? digits.startIndex
        return String(digits[end] == "." ? digits[..<end] : digits[...end])
    }
}
