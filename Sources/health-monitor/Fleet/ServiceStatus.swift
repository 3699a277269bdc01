/// One service as it is now.
struct ServiceStatus: Sendable {
    var target: Target
    var state: TargetState
    /// The last finished check; nil before the first.
    var last: CheckRecord?
    /// Why its failures are not told now.
    var silence: TargetState.Silence?
    /// The limit that it runs into; nil where it runs into none, or that cannot be told.
    var forecast: Forecast?
}
