import KeepAlivePlatform

/// Whether an outage of this monitor's own network excuses the silence of a job. Pure.
///
/// A job that was in time before the outage may have called in vain, so it gets its whole time again once that is over.
struct PushExcuse: Sendable {
    private var wasInTime = false
    private var isCutOff = false
    /// When the last outage was over during which the job became late.
    private(set) var since: MonotonicTime?

    /// Takes the outcome of a look at the job's calls; returns whether its time starts again.
    mutating func note(isLate: Bool, isConnected: Bool, at now: MonotonicTime) -> Bool {
        guard !isLate || isConnected else {
            isCutOff = true
            return false
        }
        let isExcused = isLate && isCutOff && wasInTime
        (wasInTime, isCutOff) = (!isLate, false)
        if isExcused { since = now }
        return isExcused
    }
}
