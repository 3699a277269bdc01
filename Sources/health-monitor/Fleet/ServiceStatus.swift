/// A service's current state.
struct ServiceStatus: Sendable {
    var target: Target
    var state: TargetState
    /// The last finished check; nil before the first.
    var last: CheckRecord?
    /// Why its failures send no alert now.
    var silence: TargetState.Silence?
    /// What people have said about it.
    var marks = ServiceMarks()
    /// The limit that it will reach; nil without one, or if the trend is unclear.
    var forecast: Forecast?
}
