/// Five numbers about a fleet for scripts: the worst value of each kind. Pure.
struct FleetNumbers: Equatable {
    /// Percent in use on the fullest disk.
    var diskUsage: Double?
    /// Percent of memory in use.
    var memoryUsage: Double?
    /// Seconds since the last sign of life in the oldest heartbeat file.
    var heartbeatAge: Double?
    /// The highest restart count of any unit or container.
    var crashCount: Int?
    /// 1 if all units and containers run, otherwise 0.
    var serviceActive: Int?

    init(_ services: [ServiceStatus]) {
        func worst(_ types: Set<String>, _ check: String) -> Double? {
            services.filter { types.contains($0.target.type) }
                .compactMap { $0.last?.result.checks.first { $0.name == check }?.value }.filter(\.isFinite).max()
        }
        let units: Set<String> = ["systemd", "docker"]
        diskUsage = worst(["disk"], "disk.used_percent")
        memoryUsage = worst(["memory"], "memory.used_percent")
        heartbeatAge = worst(["heartbeat"], "heartbeat.age")
        crashCount = worst(units, "restarts").flatMap { Int(exactly: $0.rounded()) }
        // A service that cannot be probed counts as unknown.
        let states = services.filter { units.contains($0.target.type) }.compactMap { service -> Int? in
            switch service.last?.result.status {
            case .healthy, .degraded: 1
            case .unhealthy: 0
            case .unknown, .maintenance, nil: nil
            }
        }
        serviceActive = states.min()
    }

    func append(to json: inout JSONWriter) {
        json.field("disk_usage", diskUsage)
        json.field("memory_usage", memoryUsage)
        json.field("heartbeat_age", heartbeatAge)
        json.field("crash_count", crashCount.map { Double($0) })
        json.field("service_active", serviceActive.map { Double($0) })
    }

    /// Whether an Accept field prefers this JSON to metrics text: it names JSON with at least equal weight.
    static func areWanted(by accept: [UInt8]) -> Bool {
        var (json, text) = (0.0, 0.0)
        for part in String(decoding: accept, as: UTF8.self).lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            switch pieces.first {
            case "application/json": json = max(json, quality)
            case "text/plain", "text/*", "application/openmetrics-text": text = max(text, quality)
            default: break
            }
        }
        return json > 0 && json >= text
    }
}
