/// Judges the output of `systemctl show` for a unit. Pure.
enum SystemdUnit {
    static let properties = ["ActiveState", "SubState", "NRestarts", "LoadState", "Result"]

    static func verdict(on output: CommandOutput, maxRestarts: Int) -> ProbeResult {
        var values: [Substring: Substring] = [:]
        for line in output.text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let key = parts.first, let value = parts.last, parts.count == 2 { values[key] = value }
        }
        guard let active = values["ActiveState"], !active.isEmpty else {
            // "System has not been booted with systemd as init system", "Failed to connect to bus".
            let words = output.errors.split(whereSeparator: \.isNewline).first.map { String($0).line(limit: 200) }
            return ProbeResult(status: .unknown, message: "systemd does not answer\(words.map { ": \($0)" } ?? "")")
        }
        if values["LoadState"] == "not-found" {
            return ProbeResult(status: .unhealthy, message: "systemd knows no such unit", severity: .critical)
        }
        var (status, message) = judged(active, values["SubState"] ?? "", result: values["Result"] ?? "")
        var checks: [ProbeResult.SubCheck] = []
        if let restarts = values["NRestarts"].flatMap({ Int($0) }) {
            let check = RestartCheck.check(restarts, limit: maxRestarts)
            checks = [check]
            if check.status == .degraded, status == .healthy, let words = check.message {
                (status, message) = (.degraded, words)
            }
        }
        return ProbeResult(
            status: status, message: message, checks: checks, severity: status == .unhealthy ? .critical : nil)
    }

    private static func judged(_ active: Substring, _ sub: Substring, result: Substring) -> (ProbeStatus, String) {
        let state = "\(active) (\(sub))".line(limit: 100)
        switch active {
        case "active", "reloading", "refreshing": return (.healthy, "it is \(state)")
        // Between a crash and the next attempt; a unit that only starts slowly is not a failure.
        case "activating" where sub.hasPrefix("auto-restart"):
            return (.unhealthy, "it has ended (\(String(result).line(limit: 40))) and waits for a restart")
        case "activating": return (.degraded, "it is \(state)")
        case "failed": return (.unhealthy, "it has failed (\(String(result).line(limit: 40)))")
        default: return (.unhealthy, "it is \(state)")
        }
    }
}
