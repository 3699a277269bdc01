import KeepAlivePlatform

/// When the watchdog gives up.
public struct WatchdogThresholds: Equatable, Sendable, CustomStringConvertible {
    /// How often it checks; a shorter time than 100 ms counts as 100 ms.
    public var interval: Duration
    /// A connection silent for longer than this is stalled; an executor stopped for as long is given up.
    public var stall: Duration
    /// A connection lost for longer than this is given up.
    public var disconnectGrace: Duration
    /// An executor that runs nothing for longer than this is unhealthy.
    public var executorStall: Duration

    /// Thresholds; those not given derive from the interval.
    public init(
        interval: Duration, stall: Duration? = nil, disconnectGrace: Duration? = nil,
        executorStall: Duration = .seconds(30)
    ) {
        self.interval = interval
        let stall = stall ?? interval * 3 + .seconds(30)
        self.stall = stall
        self.disconnectGrace = disconnectGrace ?? stall
        self.executorStall = executorStall
    }

    /// The pause between two checks: with less than this the watchdog would take a processor for itself.
    var pause: Duration { max(interval, .milliseconds(100)) }

    /// For the log line at the start.
    public var description: String {
        "checks every \(pause.inWords); stalled after \(stall.inWords), "
            + "disconnected too long after \(disconnectGrace.inWords), executor stopped after \(executorStall.inWords)"
    }
}
