/// What holds for all requests of a client.
struct ClientSettings: Sendable {
    /// The `User-Agent` of requests without one of their own.
    let userAgent: String
    /// The path of a PEM file of certificate authorities to trust in place of the system's, or nil.
    let caFile: String?
    /// How many connections that nothing uses are kept for use again.
    let idleConnections: Int
}
