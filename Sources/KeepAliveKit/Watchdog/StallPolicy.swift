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
        "looks every \(interval.inWords); stalled after \(stall.inWords), "
            + "disconnected too long after \(disconnectGrace.inWords), executor stopped after \(executorStall.inWords)"
    }
}

/// Decides whether a connection is a zombie. Pure: the same snapshot always gives the same verdict.
public struct StallPolicy: Equatable, Sendable {
    /// What to think of a connection.
    public enum Verdict: Equatable, Sendable {
        /// Events come.
        case alive
        /// No events, but the other side answers: a quiet night.
        case quiet
        /// Disconnected, and not for too long yet.
        case waiting
        /// A zombie, or lost for too long; the text says which.
        case condemned(String)
    }

    /// A round trip that took longer than this is as good as none.
    public static let worstLatency = Duration.seconds(10)

    /// The limits.
    public var thresholds: WatchdogThresholds

    /// A policy with its limits.
    public init(thresholds: WatchdogThresholds) {
        self.thresholds = thresholds
    }

    private static func words(for gateway: GatewaySnapshot) -> String {
        guard let latency = gateway.latency else { return "latency unknown" }
        let age = gateway.latencyAge.map { ", \($0.inWords) ago" } ?? ""
        return "the last round trip took \(latency.inWords)\(age)"
    }

    /// Decides. A limit that is reached exactly is not passed.
    public func judge(_ gateway: GatewaySnapshot) -> Verdict {
        guard gateway.connected else {
            let age = gateway.disconnectAge ?? gateway.lastEventAge
            return age > thresholds.disconnectGrace
                ? .condemned("disconnected for \(age.inWords) (limit \(thresholds.disconnectGrace.inWords))")
                : .waiting
        }
        guard gateway.lastEventAge > thresholds.stall else { return .alive }
        // A good round trip of long ago says nothing about now: it was measured before the silence was one.
        let isFresh = gateway.latencyAge.map { $0 <= thresholds.stall } ?? (gateway.latency != nil)
        if isFresh, let latency = gateway.latency, latency <= Self.worstLatency { return .quiet }
        return .condemned(
            "zombie connection: connected, but silent for \(gateway.lastEventAge.inWords) "
                + "(limit \(thresholds.stall.inWords)) and "
                + Self.words(for: gateway))
    }
}
