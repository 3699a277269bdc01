import KeepAliveKit

/// The counts of an uptime, as a store sums them up.
struct UptimeTally {
    /// In the order of the stores' columns.
    static let columns: [ProbeStatus] = [.healthy, .degraded, .unhealthy, .unknown, .maintenance]

    private var counts = [Int](repeating: 0, count: UptimeTally.columns.count)
    private var responses = 0.0
    private var sum = 0.0

    /// Adds counts in the order of `columns`, or subtracts them.
    ///
    /// - Parameters:
    ///   - responses: the number of response times.
    ///   - sum: their sum in milliseconds.
    mutating func add(_ more: [Int], responses count: Double, sum time: Double, sign: Int = 1) {
        for (index, number) in more.enumerated() where counts.indices.contains(index) {
            counts[index] = max(0, counts[index] &+ sign &* number)
        }
        responses += Double(sign) * count
        sum += Double(sign) * time
    }

    var uptime: Uptime {
        var uptime = Uptime(
            healthy: counts[0], degraded: counts[1], unhealthy: counts[2], unknown: counts[3], maintenance: counts[4])
        uptime.averageResponseMilliseconds = responses > 0 ? sum / responses : nil
        return uptime
    }
}
