import KeepAliveKit
import KeepAlivePlatform

/// How long the wall clock has agreed with the monotonic clock. The measurement continues over restarts of the monitor
/// while the machine runs. Pure.
///
/// A wall clock that is briefly wrong (an empty battery, a thawed virtual machine) must not make every row look old.
struct ClockAgreement: Codable, Sendable, Equatable {
    /// The boot that the times belong to.
    private var boot: String
    /// Wall time minus time since boot at the last look, in microseconds.
    private var offset: Int64
    private var lastLook: Int64
    /// When the agreement began, and the last look, in microseconds since boot.
    private var since: Int64

    /// Starts the measurement.
    init(boot: String, wall: WallTime, sinceBoot: Duration) {
        self.boot = boot
        lastLook = sinceBoot.microseconds
        since = lastLook
        offset = wall.microseconds &- lastLook
    }

    /// Compares both clocks; returns how long they have agreed.
    mutating func look(boot: String, wall: WallTime, sinceBoot: Duration) -> Duration {
        let next = ClockAgreement(boot: boot, wall: wall, sinceBoot: sinceBoot)
        let (drift, overflow) = next.offset.subtractingReportingOverflow(offset)
        // Time servers move a clock by seconds, slowly or at once; neither makes rows old.
        let allowed = 60_000_000 + max(0, next.lastLook &- lastLook) / 1000
        guard boot == self.boot, next.lastLook >= lastLook, !overflow, drift.magnitude <= allowed.magnitude else {
            self = next
            return .zero
        }
        offset = next.offset
        lastLook = next.lastLook
        return .microseconds(lastLook &- since)
    }
}
