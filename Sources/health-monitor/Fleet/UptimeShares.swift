/// A service's uptime over the last day, 30 and 90 days, in percent; nil if unknown.
struct UptimeShares: Sendable, Equatable {
    var day: Double?
    var month: Double?
    var quarter: Double?
}
