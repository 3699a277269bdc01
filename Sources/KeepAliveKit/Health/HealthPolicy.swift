import KeepAlivePlatform

/// Decides whether a bot is healthy. Pure: equal reports give equal verdicts.
///
/// - unhealthy: the body does not run, a critical check fails, the executor is stalled, or signs of life are overdue;
/// - degraded: a check that is not critical fails, a connection is stalled, the executor is slow, or the process
///   reports a trouble of its own;
/// - healthy: otherwise. A quiet night is not an outage: heartbeats alone keep a bot healthy.
struct HealthPolicy: Sendable {
    /// The bot is unhealthy after longer than this without update and heartbeat.
    var unhealthyAfter = SilenceLimit.seconds(300)
    /// When a connection is stalled.
    var stall = StallPolicy(thresholds: WatchdogThresholds(interval: .seconds(360)))

    /// The report with `status` and `reasons` filled in.
    func judge(_ report: HealthReport) -> HealthReport {
        var judged = report
        judged.status = .healthy
        judged.reasons = []
        if let sentence = report.body.sentence {
            judged.reasons.append(sentence)
            judged.status = .unhealthy
        }
        if let sentence = silence(of: report) {
            judged.reasons.append(sentence)
            judged.status = .unhealthy
        }
        switch report.executor {
        case .responsive: break
        case .late(let delay):
            judged.reasons.append("Swift's executor is slow: a task waited \(delay.inWords) for its turn.")
            if judged.status == .healthy { judged.status = .degraded }
        case .stopped(let age):
            judged.reasons.append("Swift's executor is stalled: no task has run for \(age.components.seconds) s.")
            judged.status = .unhealthy
        }
        if let gateway = report.gateway, case .condemned(let reason) = stall.judge(gateway) {
            judged.reasons.append("Gateway: \(reason).")
            if judged.status == .healthy { judged.status = .degraded }
        }
        for (index, gateway) in report.gateways.enumerated() {
            judged.gateways[index].isStalled = false
            guard case .condemned(let reason) = stall.judge(gateway.snapshot) else { continue }
            judged.gateways[index].isStalled = true
            judged.reasons.append("Gateway \"\(gateway.name)\": \(reason).")
            if judged.status == .healthy { judged.status = .degraded }
        }
        for trouble in report.troubles {
            judged.reasons.append(trouble.sentence)
            if trouble.isCritical {
                judged.status = .unhealthy
            } else if judged.status == .healthy {
                judged.status = .degraded
            }
        }
        for check in report.checks where check.status == .unhealthy {
            let error = check.error ?? "failed"
            judged.reasons.append("\(check.isCritical ? "Critical check" : "Check") \"\(check.name)\": \(error).")
            if check.isCritical {
                judged.status = .unhealthy
            } else if judged.status == .healthy {
                judged.status = .degraded
            }
        }
        return judged
    }

    /// The reason for a bot without a sign of life for too long.
    private func silence(of report: HealthReport) -> String? {
        guard let limit = unhealthyAfter.duration else { return nil }
        // Traffic on a connection is a sign of life. Silence that the service requested (429) does not count, and none
        // while the whole process was stopped.
        let gateways = [report.gateway].compactMap(\.self) + report.gateways.map(\.snapshot)
        let signs = [report.lastUpdateAgo, report.lastHeartbeatAgo].compactMap(\.self) + gateways.map(\.lastSignAge)
        let age = signs.min() ?? report.lastUpdateAgo
        let silence = min(age, report.sinceResumed ?? age)
        guard silence > limit else { return nil }
        let hasHeartbeat = report.lastHeartbeatAgo != nil
        let what = report.totalUpdates > 0 && !hasHeartbeat ? "No update" : "No update and no heartbeat"
        let remedy =
            hasHeartbeat
            ? "" : " Call health.heartbeat() after each successful poll; a webhook bot sets UNHEALTHY_AFTER_SEC=never."
        return "\(what) for \(silence.components.seconds) s (limit \(limit.inWords)).\(remedy)"
    }
}
