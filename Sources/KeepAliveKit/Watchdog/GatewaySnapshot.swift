import KeepAlivePlatform

/// The state of a bot's connection at one moment. Ages come from a monotonic clock.
public struct GatewaySnapshot: Equatable, Sendable, CustomStringConvertible {
    /// Whether the bot holds a connection.
    public package(set) var connected: Bool
    /// Time since the last event on it; without any, since the heartbeat was made.
    public package(set) var lastEventAge: Duration
    /// Time since the service last reported the bot ready; nil when it never did.
    public package(set) var lastReadyAge: Duration?
    /// How long the connection has been lost, or not yet open; nil while connected.
    public package(set) var disconnectAge: Duration?
    /// How long the last measured round trip took; nil when none was measured.
    public package(set) var latency: Duration?
    /// Time since that measurement.
    public package(set) var latencyAge: Duration?

    /// Makes a snapshot.
    package init(
        connected: Bool, lastEventAge: Duration, lastReadyAge: Duration? = nil, disconnectAge: Duration? = nil,
        latency: Duration? = nil, latencyAge: Duration? = nil
    ) {
        self.connected = connected
        self.lastEventAge = lastEventAge
        self.lastReadyAge = lastReadyAge
        self.disconnectAge = disconnectAge
        self.latency = latency
        self.latencyAge = latencyAge
    }

    /// Whether it is connected and the service has accepted the bot.
    var isReady: Bool { connected && lastReadyAge != nil }

    /// For the line with the reason why a bot was given up.
    public var description: String {
        func words(_ duration: Duration?) -> String { duration?.inWords ?? "never" }
        return "connected=\(connected) lastEventAge=\(lastEventAge.inWords) lastReadyAge=\(words(lastReadyAge)) "
            + "disconnectAge=\(disconnectAge?.inWords ?? "none") latency=\(latency?.inWords ?? "unknown")"
    }

    /// - Parameter isStalled: for a named gateway only.
    func appendJSON(isStalled: Bool? = nil, to bytes: inout [UInt8]) {
        func seconds(_ duration: Duration?) {
            if let duration {
                bytes.appendSeconds(nanoseconds: duration.saturatedNanoseconds)
            } else {
                bytes.append("null")
            }
        }
        bytes.append(#"{"connected":"#)
        bytes.append(connected ? "true" : "false")
        bytes.append(#","lastEventAge":"#)
        seconds(lastEventAge)
        bytes.append(#","lastReadyAge":"#)
        seconds(lastReadyAge)
        bytes.append(#","disconnectAge":"#)
        seconds(disconnectAge)
        bytes.append(#","latency":"#)
        seconds(latency)
        if let isStalled { bytes.append(isStalled ? #","stalled":true"# : #","stalled":false"#) }
        bytes.append("}")
    }
}
