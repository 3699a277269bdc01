/// How a service fared on one day.
struct DayUptime: Sendable, Equatable {
    /// Days since 1970, UTC.
    let day: Int64
    let uptime: Uptime
}
