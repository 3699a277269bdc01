import KeepAliveKit
import KeepAlivePlatform

/// A finished check, as the history stores it.
struct CheckRecord: Sendable, Equatable {
    let service: String
    let result: ProbeResult
    let time: WallTime
    /// What else a vantage's row needs; nil for a combined result, and without vantages.
    var report: VantageReport?
}

/// The part of a check that only its vantage knows.
struct VantageReport: Sendable, Equatable {
    /// The vantage's own counts.
    let state: TargetState
    /// When the check ended on this machine's clock: the row's age needs no other machine's.
    let tick: MonotonicTime
    /// How long the check counts.
    let freshFor: Duration
}
