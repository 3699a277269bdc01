/// A service's uptime over the last day, 30 and 90 days, in percent; nil where nothing is known.
struct UptimeShares: Sendable, Equatable {
    var day: Double?
    var month: Double?
    var quarter: Double?
}
