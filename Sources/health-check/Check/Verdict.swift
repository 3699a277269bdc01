import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What to print and how to exit. Pure.
struct Verdict: Equatable {
    let text: String
    let exitCode: Int32

    init(_ finding: Finding, as output: Options.Output) {
        let verdict =
            switch output {
            case .text: Self.plain(finding)
            case .quiet: Verdict(text: "", exitCode: Self.plain(finding).exitCode)
            case .json: Self.json(finding)
            case .nagios: Self.nagios(finding)
            }
        // In all of it a peer's own words may stand.
        self = Verdict(text: PlainText.of(verdict.text), exitCode: verdict.exitCode)
    }

    private init(text: String, exitCode: Int32) {
        self.text = text
        self.exitCode = exitCode
    }

    private static func plain(_ finding: Finding) -> Verdict {
        switch finding {
        case .report(let report, _, let url):
            let head =
                "\(report.status.rawValue): \(url.authority), up \(Format.duration(report.uptimeSeconds)), "
                + "\(report.totalUpdates) updates, \(report.totalErrors) errors"
            let lines = [head] + report.reasons.map { "  \(line($0))" }
            return Verdict(text: lines.joined(separator: "\n"), exitCode: report.status == .unhealthy ? 1 : 0)
        case .unreachable(let reason):
            return Verdict(text: "unreachable: \(line(reason))", exitCode: 1)
        case .stranger(let reason):
            return Verdict(text: "not the bot: \(line(reason))", exitCode: 1)
        }
    }

    private static func json(_ finding: Finding) -> Verdict {
        let code = plain(finding).exitCode
        switch finding {
        case .report(_, let json, _):
            // Between the values, where alone these may stand as they are; a bare carriage return would hide what is before it.
            let spaced = json.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") ? UInt8(ascii: " ") : $0 }
            var text = String(decoding: spaced, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return Verdict(text: text, exitCode: code)
        case .unreachable(let reason): return Verdict(text: object("unreachable", reason), exitCode: code)
        case .stranger(let reason): return Verdict(text: object("not the bot", reason), exitCode: code)
        }
    }

    private static func object(_ status: StaticString, _ error: String) -> String {
        var bytes: [UInt8] = []
        bytes.append(#"{"status":""#)
        bytes.append(status)
        bytes.append(#"","error":"#)
        bytes.appendJSON(error)
        bytes.append("}")
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One line by the Nagios plugin guidelines: `SERVICE STATUS - text | performance data`.
    private static func nagios(_ finding: Finding) -> Verdict {
        switch finding {
        case .report(let report, _, _):
            let (word, code): (String, Int32) =
                switch report.status {
                case .healthy: ("OK", 0)
                case .degraded: ("WARNING", 1)
                case .unhealthy: ("CRITICAL", 2)
                }
            let text =
                report.reasons.isEmpty
                ? "up \(Format.duration(report.uptimeSeconds))" : report.reasons.joined(separator: " ")
            let data =
                "uptime=\(Format.whole(report.uptimeSeconds))s updates=\(report.totalUpdates)c errors=\(report.totalErrors)c "
                + "error_rate=\(decimal(report.errorRate));0.01;0.05 last_update_ago=\(Format.whole(report.lastUpdateAgo))s"
            return Verdict(
                text: "KEEPALIVE \(word) - \(report.status.rawValue), \(message(text)) | \(data)", exitCode: code)
        case .unreachable(let reason):
            return Verdict(text: "KEEPALIVE CRITICAL - \(message(reason))", exitCode: 2)
        case .stranger(let reason):
            return Verdict(text: "KEEPALIVE UNKNOWN - \(message(reason))", exitCode: 3)
        }
    }

    /// Text that does not end the line.
    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    /// Text that does not end the plugin's message either: a bar begins the performance data.
    static func message(_ text: String) -> String {
        String(line(text).map { $0 == "|" ? " " : $0 })
    }

    /// Up to six decimals, never an exponent: performance data knows digits, a point and a sign only.
    private static func decimal(_ value: Double) -> String {
        let digits = Format.decimal(min(max(value, 0), 1e9), places: 6)
        let end = digits.lastIndex { $0 != "0" } ?? digits.startIndex
        return String(digits[end] == "." ? digits[..<end] : digits[...end])
    }
}
