import KeepAlivePlatform

/// Decides from what is known of a bot whether it is healthy. Pure: the same report always gives the same verdict.
///
/// - unhealthy: the body does not run, a critical check fails, the executor is stalled, or neither update nor heartbeat
///   came for too long;
/// - degraded: a check that is not critical fails, the executor is slow, or the process reports a trouble of its own;
/// - healthy: else. A quiet night is not an outage: heartbeats alone keep a bot healthy.
struct HealthPolicy: Sendable {
    /// Without update and heartbeat for longer than this the bot is unhealthy.
    var unhealthyAfter: Duration = .seconds(300)

    /// The report with `status` and `reasons` filled in.
    func judge(_ report: HealthReport) -> HealthReport {
        var judged = report
        judged.status = .healthy
        judged.reasons = []
        if let sentence = report.body.sentence {
            judged.reasons.append(sentence)
            judged.status = .unhealthy
        }
        // What comes over the connection is a sign of life, and a silence that the service asked for (429) is none to blame.
        let signs = [report.lastUpdateAgo, report.lastHeartbeatAgo, report.gateway?.lastEventAge].compactMap { $0 }
        let silence = signs.min() ?? report.lastUpdateAgo
        if silence > unhealthyAfter {
            let what = report.lastHeartbeatAgo == nil ? "No update" : "No update and no heartbeat"
            judged.reasons.append("\(what) for \(silence.components.seconds) s (limit \(unhealthyAfter.inWords)).")
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
}
