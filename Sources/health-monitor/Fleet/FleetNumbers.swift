/// What a fleet comes to in five numbers, as scripts ask for them: of each kind the worst. Pure.
struct FleetNumbers: Equatable {
    /// Percent of the fullest disk that is in use.
    var diskUsage: Double?
    /// Percent of the memory that is in use.
    var memoryUsage: Double?
    /// Seconds since the last sign of life in the oldest heartbeat file.
    var heartbeatAge: Double?
    /// Restarts of the unit or container that had most of them.
    var crashCount: Int?
    /// 1 where all units and containers run, 0 where one does not.
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
        // Who cannot be asked says nothing.
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

    /// Whether an Accept field asks for them rather than for a text of metrics: it names JSON, and rates it no lower.
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
