import KeepAliveKit
import KeepAlivePlatform

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
    /// When its status last changed; nil if it has not since the start.
    var changed: WallTime?
    /// When its maintenance ends; nil outside, or without a known end.
    var maintenanceEnd: WallTime?
    /// How each vantage sees it, by name; empty without vantages.
    var views: [VantageView] = []
}
