/// A service's response time over a period of some seconds.
struct ResponsePoint: Sendable, Equatable {
    /// When the period begins, in seconds since 1970.
    let second: Int64
    let average: Double
    let least: Double
    let most: Double
}
