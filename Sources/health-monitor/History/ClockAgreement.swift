import KeepAliveKit
import KeepAlivePlatform

/// How long the wall clock and the clock that nobody sets have gone along with each other, over restarts of the monitor as
/// long as the machine runs. Pure.
///
/// A wall clock that is wrong for a moment (a battery that is empty, a virtual machine that was thawed) must not make
/// everything old.
struct ClockAgreement: Codable, Sendable, Equatable {
    /// Which start of the machine the times are of.
    private var boot: String
    /// Wall time less the time since that start, at the last look, in microseconds.
    private var offset: Int64
    private var lastLook: Int64
    /// When they began to agree, and the last look, in microseconds since the machine's start.
    private var since: Int64

    /// Begins to look.
    init(boot: String, wall: WallTime, sinceBoot: Duration) {
        self.boot = boot
        lastLook = sinceBoot.microseconds
        since = lastLook
        offset = wall.microseconds &- lastLook
    }

    /// Looks at both clocks; returns for how long they have agreed.
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
