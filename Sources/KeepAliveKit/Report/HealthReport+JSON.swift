package import KeepAlivePlatform

extension HealthReport {
    /// The report as `GET /health` gives it. The first eight keys keep their names and types for ever.
    ///
    /// Numbers that count seconds always carry a decimal point, so that typed readers see one type.
    package func appendJSON(version: String, at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]) {
        bytes.append(#"{"status":""#)
        bytes.append(contentsOf: status.rawValue.utf8)
        bytes.append(#"","uptime_seconds":"#)
        bytes.appendSeconds(nanoseconds: uptime.saturatedNanoseconds)
        bytes.append(#","last_update_ago":"#)
        bytes.appendSeconds(nanoseconds: lastUpdateAgo.saturatedNanoseconds)
        bytes.append(#","total_updates":"#)
        bytes.appendDecimal(totalUpdates)
        bytes.append(#","total_errors":"#)
        bytes.appendDecimal(totalErrors)
        bytes.append(#","error_rate":"#)
        bytes.appendNumber(errorRate)
        bytes.append(#","timestamp":""#)
        stamp.appendISO8601(time, to: &bytes)
        bytes.append(#"","bot_version":"#)
        bytes.appendJSON(version)
        bytes.append(#","last_heartbeat_ago":"#)
        if let lastHeartbeatAgo {
            bytes.appendSeconds(nanoseconds: lastHeartbeatAgo.saturatedNanoseconds)
        } else {
            bytes.append("null")
        }
        bytes.append(#","restarts":"#)
        bytes.appendDecimal(restarts)
        bytes.append(#","response_time_ms":"#)
        responseTimes.appendJSON(to: &bytes)
        bytes.append(#","checks":{"#)
        for (index, check) in checks.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            check.appendJSON(to: &bytes)
        }
        bytes.append(#"},"executor":""#)
        bytes.append(executor.word)
        bytes.append("\"")
        if let gateway {
            bytes.append(#","gateway":"#)
            gateway.appendJSON(to: &bytes)
        }
        if let memory {
            bytes.append(#","memory":{"resident_bytes":"#)
            bytes.appendDecimal(memory.resident)
            bytes.append(#","limit_bytes":"#)
            bytes.appendDecimal(memory.limit)
            bytes.append("}")
        }
        bytes.append(#","reasons":["#)
        for (index, reason) in reasons.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSON(reason)
        }
        bytes.append("]}\n")
    }

    /// The report in the shape of the IETF draft "Health Check Response Format for HTTP APIs"
    /// (draft-inadarei-api-health-check-06): pass, warn or fail.
    func appendHealthJSON(
        name: String, version: String, at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]
    ) {
        func entry(_ key: String, kind: StaticString, status: StaticString) {
            bytes.appendJSON(key)
            bytes.append(#":[{"componentType":""#)
            bytes.append(kind)
            bytes.append(#"","status":""#)
            bytes.append(status)
            bytes.append(#"","time":""#)
            stamp.appendISO8601(time, to: &bytes)
            bytes.append("\"")
        }
        bytes.append(#"{"status":""#)
        bytes.append(status.draftWord)
        bytes.append(#"","releaseId":"#)
        bytes.appendJSON(version)
        bytes.append(#","description":"#)
        bytes.appendJSON("health of \(name)")
        bytes.append(#","notes":["#)
        for (index, reason) in reasons.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSON(reason)
        }
        bytes.append("]")
        if !reasons.isEmpty {
            bytes.append(#","output":"#)
            bytes.appendJSON(reasons.joined(separator: " "))
        }
        bytes.append(#","checks":{"#)
        entry("uptime", kind: "system", status: "pass")
        bytes.append(#","observedValue":"#)
        bytes.appendSeconds(nanoseconds: uptime.saturatedNanoseconds)
        bytes.append(#","observedUnit":"s"}],"#)
        let body = body.sentence
        entry("body", kind: "component", status: body == nil ? "pass" : "fail")
        if let body {
            bytes.append(#","output":"#)
            bytes.appendJSON(body)
        }
        bytes.append("}]")
        for check in checks {
            bytes.append(",")
            // The kit's own two entries keep their names; a key that stands twice is read differently by every parser.
            let isTaken = check.name == "uptime" || check.name == "body"
            entry(isTaken ? "\(check.name):check" : check.name, kind: "component", status: check.draftWord)
            if let error = check.error {
                bytes.append(#","output":"#)
                bytes.appendJSON(error)
            }
            bytes.append("}]")
        }
        bytes.append("}}\n")
    }
}

extension HealthStatus {
    fileprivate var draftWord: StaticString {
        switch self {
        case .healthy: "pass"
        case .degraded: "warn"
        case .unhealthy: "fail"
        }
    }
}

extension ExecutorState {
    /// What `/health` calls it; the launcher looks for the last one.
    package var word: StaticString {
        switch self {
        case .responsive: "responsive"
        case .late: "late"
        case .stopped: "stopped"
        }
    }
}

extension CheckResult {
    /// A check that fails without being critical is a warning; one that has not run yet has nothing against it.
    fileprivate var draftWord: StaticString {
        switch status {
        case .healthy, .unknown: "pass"
        case .unhealthy: isCritical ? "fail" : "warn"
        }
    }

    /// `"name":{…}`.
    fileprivate func appendJSON(to bytes: inout [UInt8]) {
        bytes.appendJSON(name)
        bytes.append(#":{"status":""#)
        bytes.append(contentsOf: status.rawValue.utf8)
        bytes.append(#"","critical":"#)
        bytes.append(isCritical ? "true" : "false")
        bytes.append(#","age_seconds":"#)
        if let age {
            bytes.appendSeconds(nanoseconds: age.saturatedNanoseconds)
        } else {
            bytes.append("null")
        }
        bytes.append(#","error":"#)
        if let error {
            bytes.appendJSON(error)
        } else {
            bytes.append("null")
        }
        bytes.append("}")
    }
}

extension ResponseTimes? {
    /// The four figures in milliseconds; all null before the first recorded time.
    fileprivate func appendJSON(to bytes: inout [UInt8]) {
        guard let times = self else {
            bytes.append(#"{"p50":null,"p95":null,"p99":null,"max":null}"#)
            return
        }
        bytes.append(#"{"p50":"#)
        bytes.appendNumber(times.p50)
        bytes.append(#","p95":"#)
        bytes.appendNumber(times.p95)
        bytes.append(#","p99":"#)
        bytes.appendNumber(times.p99)
        bytes.append(#","max":"#)
        bytes.appendNumber(times.max)
        bytes.append("}")
    }
}
