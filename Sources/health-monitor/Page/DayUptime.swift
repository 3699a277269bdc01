/// How a service fared on one day.
struct DayUptime: Sendable, Equatable {
    /// Days since 1970, UTC.
    let day: Int64
    let uptime: Uptime
}

/// How fast a service answered within one hour.
struct HourResponses: Sendable, Equatable {
    /// Hours since 1970.
    let hour: Int64
    let average: Double
    let least: Double
    let most: Double
}
