package import KeepAlivePlatform

extension HealthReport {
    /// The report as `GET /health` returns it. The first eight keys keep their names and types in every version.
    ///
    /// Numbers of seconds always have a decimal point, so that typed readers see one type.
    package func appendJSON(version: String, at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]) {
        bytes.append(#"{"status":""#)
        bytes.append(contentsOf: status.rawValue.utf8)
        bytes.append(#"","uptime_seconds":"#, seconds: uptime)
        bytes.append(#","last_update_ago":"#, seconds: lastUpdateAgo)
        bytes.append(#","total_updates":"#, count: totalUpdates)
        bytes.append(#","total_errors":"#, count: totalErrors)
        bytes.append(#","error_rate":"#, number: errorRate)
        bytes.append(#","timestamp":""#)
        stamp.appendISO8601(time, to: &bytes)
        bytes.append(#"","bot_version":"#, text: version)
        if let statusSince {
            bytes.append(#","status_since":""#)
            stamp.appendISO8601(statusSince, to: &bytes)
            bytes.append("\"")
        }
        bytes.append(#","last_heartbeat_ago":"#, seconds: lastHeartbeatAgo)
        bytes.append(#","restarts":"#, count: restarts)
        bytes.append(#","response_time_ms":{"p50":"#, number: responseTimes?.p50)
        bytes.append(#","p95":"#, number: responseTimes?.p95)
        bytes.append(#","p99":"#, number: responseTimes?.p99)
        bytes.append(#","max":"#, number: responseTimes?.max)
        bytes.append(#"},"checks":{"#)
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
        appendGateways(to: &bytes)
        if let memory {
            bytes.append(#","memory":{"resident_bytes":"#, count: memory.resident)
            bytes.append(#","limit_bytes":"#, count: memory.limit)
            bytes.append("}")
        }
        if let lease {
            bytes.append(#","lease":{"name":"#, text: lease.name)
            bytes.append(#","epoch":"#, count: UInt64(clamping: lease.epoch))
            bytes.append(#","held_for":"#, number: lease.heldFor)
            bytes.append("}")
        }
        appendReasons(#","reasons":["#, to: &bytes)
        bytes.append("}\n")
    }

    private func appendGateways(to bytes: inout [UInt8]) {
        guard !gateways.isEmpty else { return }
        for (index, gateway) in gateways.enumerated() {
            bytes.append(index > 0 ? "," : #","gateways":{"#)
            bytes.appendJSON(gateway.name)
            bytes.append(":")
            gateway.snapshot.appendJSON(isStalled: gateway.isStalled, to: &bytes)
        }
        bytes.append("}")
    }

    private func appendReasons(_ key: StaticString, to bytes: inout [UInt8]) {
        bytes.append(key)
        for (index, reason) in reasons.enumerated() { bytes.append(index > 0 ? "," : "", text: reason) }
        bytes.append("]")
    }

    /// The report in the form of the IETF draft "Health Check Response Format for HTTP APIs"
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
        bytes.append(#"","releaseId":"#, text: version)
        bytes.append(#","description":"#, text: "health of \(name)")
        appendReasons(#","notes":["#, to: &bytes)
        if !reasons.isEmpty { bytes.append(#","output":"#, text: reasons.joined(separator: " ")) }
        bytes.append(#","checks":{"#)
        entry("uptime", kind: "system", status: "pass")
        bytes.append(#","observedValue":"#, seconds: uptime)
        bytes.append(#","observedUnit":"s"}],"#)
        let body = body.sentence
        entry("body", kind: "component", status: body == nil ? "pass" : "fail")
        if let body { bytes.append(#","output":"#, text: body) }
        bytes.append("}]")
        for check in checks {
            bytes.append(",")
            // The kit's own two entries keep their names; every parser reads a duplicate key differently.
            let isTaken = check.name == "uptime" || check.name == "body"
            entry(isTaken ? "\(check.name):check" : check.name, kind: "component", status: check.draftWord)
            if let error = check.error { bytes.append(#","output":"#, text: error) }
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
    /// Its name in `/health`; the launcher looks for the last one.
    package var word: StaticString {
        switch self {
        case .responsive: "responsive"
        case .late: "late"
        case .stopped: "stopped"
        }
    }
}

extension CheckResult {
    /// A failing check that is not critical is a warning; a check without a result counts as passed.
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
        bytes.append(#","age_seconds":"#, seconds: age)
        bytes.append(#","error":"#, text: error)
        bytes.append("}")
    }
}

/// A key or another prefix, and its value; null if there is none.
extension [UInt8] {
    @inline(__always)
    private mutating func append<Value>(
        _ key: StaticString, _ value: Value?, _ write: (inout [UInt8], Value) -> Void
    ) {
        append(key)
        if let value { write(&self, value) } else { append("null") }
    }

    fileprivate mutating func append(_ key: StaticString, seconds: Duration?) {
        append(key, seconds) { $0.appendSeconds(nanoseconds: $1.saturatedNanoseconds) }
    }

    fileprivate mutating func append(_ key: StaticString, count: UInt64) {
        append(key, count) { $0.appendDecimal($1) }
    }

    fileprivate mutating func append(_ key: StaticString, number: Double?) {
        append(key, number) { $0.appendNumber($1) }
    }

    fileprivate mutating func append(_ key: StaticString, text: String?) {
        append(key, text) { $0.appendJSON($1) }
    }
}
