/// The settings for all requests of a client.
struct ClientSettings: Sendable {
    /// The `User-Agent` of requests without one of their own.
    let userAgent: String
    /// The path of a PEM file of certificate authorities to trust instead of the system's, or nil.
    let caFile: String?
    /// How many idle connections are kept for reuse.
    let idleConnections: Int
    /// After so long without a request a connection is not used again.
    let idleTime: Duration
}
