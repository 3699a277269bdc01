import KeepAlivePlatform

/// Decides whether a connection is a zombie. Pure: equal snapshots give equal verdicts.
package struct StallPolicy: Equatable, Sendable {
    /// The verdict on a connection.
    package enum Verdict: Equatable, Sendable {
        /// Events come.
        case alive
        /// No events, but the other side answers: a quiet night.
        case quiet
        /// Disconnected, within the grace period.
        case waiting
        /// A zombie, or lost for too long; the text names the reason.
        case condemned(String)
    }

    /// A slower round trip counts as none.
    package static let worstLatency = Duration.seconds(10)

    /// The limits.
    package var thresholds: WatchdogThresholds

    /// A policy with its limits.
    package init(thresholds: WatchdogThresholds) {
        self.thresholds = thresholds
    }

    private static func words(for gateway: GatewaySnapshot) -> String {
        guard let latency = gateway.latency else { return "latency unknown" }
        let age = gateway.latencyAge.map { ", \($0.inWords) ago" } ?? ""
        return "the last round trip took \(latency.inWords)\(age)"
    }

    /// Decides. A limit must be exceeded: reaching it exactly is not enough.
    package func judge(_ gateway: GatewaySnapshot) -> Verdict {
        guard gateway.connected else {
            let age = gateway.disconnectAge ?? gateway.lastEventAge
            return age > thresholds.disconnectGrace
                ? .condemned(
                    "\(gateway.lastReadyAge == nil ? "not connected" : "disconnected") for \(age.inWords) "
                        + "(limit \(thresholds.disconnectGrace.inWords))")
                : .waiting
        }
        guard gateway.lastEventAge > thresholds.stall else { return .alive }
        // A good round trip before the silence proves nothing about now.
        let isFresh = gateway.latencyAge.map { $0 <= thresholds.stall } ?? (gateway.latency != nil)
        if isFresh, let latency = gateway.latency, latency <= Self.worstLatency { return .quiet }
        return .condemned(
            "zombie connection: connected, but silent for \(gateway.lastEventAge.inWords) "
                + "(limit \(thresholds.stall.inWords)) and "
                + Self.words(for: gateway))
    }
}

extension GatewaySnapshot {
    /// Time since the last sign of life on this connection: an event, or a fast enough round trip.
    var lastSignAge: Duration {
        guard let latency, let latencyAge, latency <= StallPolicy.worstLatency else { return lastEventAge }
        return min(lastEventAge, latencyAge)
    }
}
