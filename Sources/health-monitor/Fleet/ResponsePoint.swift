/// How fast a service answered within some seconds.
struct ResponsePoint: Sendable, Equatable {
    /// When they begin, in seconds since 1970.
    let second: Int64
    let average: Double
    let least: Double
    let most: Double
}
