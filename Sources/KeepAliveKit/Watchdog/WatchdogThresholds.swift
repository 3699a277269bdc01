import KeepAlivePlatform

/// When the watchdog loses patience.
public struct WatchdogThresholds: Equatable, Sendable, CustomStringConvertible {
    /// How often it looks.
    public var interval: Duration
    /// Connected but silent for longer than this is stalled; an executor that is stopped for as long is condemned.
    public var stall: Duration
    /// Disconnected for longer than this is given up.
    public var disconnectGrace: Duration
    /// An executor that runs nothing for longer than this is unhealthy.
    public var executorStall: Duration

    /// Thresholds; those not given follow from the interval.
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

    /// For the line at the start.
    public var description: String {
        "checks every \(interval.inWords); stalled after \(stall.inWords), "
            + "disconnected too long after \(disconnectGrace.inWords), executor stopped after \(executorStall.inWords)"
    }
}
