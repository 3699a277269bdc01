import KeepAlivePlatform

/// Decides whether a connection is a zombie. Pure: the same snapshot always gives the same verdict.
package struct StallPolicy: Equatable, Sendable {
    /// What to think of a connection.
    package enum Verdict: Equatable, Sendable {
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

    /// Decides. A limit that is reached exactly is not passed.
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
        // A good round trip of long ago says nothing about now: it was measured before the silence was one.
        let isFresh = gateway.latencyAge.map { $0 <= thresholds.stall } ?? (gateway.latency != nil)
        if isFresh, let latency = gateway.latency, latency <= Self.worstLatency { return .quiet }
        return .condemned(
            "zombie connection: connected, but silent for \(gateway.lastEventAge.inWords) "
                + "(limit \(thresholds.stall.inWords)) and "
                + Self.words(for: gateway))
    }
}

extension GatewaySnapshot {
    /// Time since the last sign of life on this connection: an event, or a round trip that did not take too long.
    var lastSignAge: Duration {
        guard let latency, let latencyAge, latency <= StallPolicy.worstLatency else { return lastEventAge }
        return min(lastEventAge, latencyAge)
    }
}
