/// A point on the system's monotonic clock, in nanoseconds.
///
/// CLOCK_MONOTONIC, not `ContinuousClock`: on Linux the latter counts suspension, so every bot would look stalled when
/// a laptop wakes. Neither a suspension nor a changed wall clock moves this clock.
public struct MonotonicTime: Comparable, Hashable, Sendable {
    public let nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Now, to the nanosecond; about 20 ns.
    @inlinable
    public static func now() -> MonotonicTime {
        MonotonicTime(CLOCK_MONOTONIC)
    }

    /// Now, as of the kernel's last timer tick (at most a few ms ago); about 5 ns, for use on every update.
    @inlinable
    public static func coarseNow() -> MonotonicTime {
        #if os(Linux)
            MonotonicTime(CLOCK_MONOTONIC_COARSE)
        #else
            MonotonicTime(CLOCK_MONOTONIC)
        #endif
    }

    @inlinable
    init(_ clock: clockid_t) {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        nanoseconds = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    @inlinable
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time from `earlier` to this point; never negative, and saturating at the ends.
    @inlinable
    public func since(_ earlier: MonotonicTime) -> Duration {
        .nanoseconds(elapsed(since: earlier))
    }

    /// Nanoseconds from `earlier` to this point; never negative, and saturating at the ends.
    @inlinable
    public func elapsed(since earlier: MonotonicTime) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (nanoseconds > earlier.nanoseconds ? .max : 0) : max(0, difference)
    }

    /// A duration in whole nanoseconds, saturating at the ends of Int64 (292 years). Public for the hot path; an
    /// extension of a standard type would be visible in other programs.
    @inlinable
    public static func nanoseconds(in duration: Duration) -> Int64 {
        // Up to 9.2 s it fits into 64 bits, where a division takes a nanosecond; a 128-bit division takes tens of them.
        if let short = Int64(exactly: duration.attoseconds) { return short / 1_000_000_000 }
        return Int64(clamping: duration.attoseconds / 1_000_000_000)
    }

    /// This point moved by a duration; saturating at the ends of the scale.
    @inlinable
    public func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(Self.nanoseconds(in: duration))
        return MonotonicTime(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, saturating at the ends of Int64 (292 years).
    package var saturatedNanoseconds: Int64 { MonotonicTime.nanoseconds(in: self) }

    /// The duration in seconds, for messages and JSON.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// The two greatest units: `8 s`, `3 min 20 s`, `5 h 0 min`, `12 d 4 h`.
    package var inTwoUnits: String {
        let seconds = max(0, components.seconds)
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }

    /// The duration for people: `5 s`, `0.25 s`.
    package var inWords: String {
        let milliseconds = saturatedNanoseconds / 1_000_000
        let whole = milliseconds / 1000
        var fraction = String(milliseconds.magnitude % 1000)
        if fraction == "0" { return "\(whole) s" }
        while fraction.utf8.count < 3 { fraction = "0" + fraction }
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole == 0 && milliseconds < 0 ? "-" : "")\(whole).\(fraction) s"
    }
}
