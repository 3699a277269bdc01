import KeepAlivePlatform

/// Why the watchdog has given a bot up.
public struct WatchdogCondemnation: Equatable, Sendable, CustomStringConvertible {
    /// What was given up. Later versions may add more kinds: expect unknown ones.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's name, such as `gateway`.
        public let rawValue: String

        /// The kind with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The connection is a zombie, or was lost for too long.
        public static let gateway = Kind(rawValue: "gateway")
        /// Swift's cooperative pool runs nothing.
        public static let executor = Kind(rawValue: "executor")
    }

    /// What was given up.
    public let kind: Kind
    /// The line with the reason.
    public let description: String

    /// - Parameter name: of a named gateway without a callback to restart it.
    package static func gateway(_ name: String? = nil, reason: String, _ snapshot: GatewaySnapshot) -> Self {
        Self(kind: .gateway, description: "\(name.map { "gateway \"\($0)\": " } ?? "")\(reason); \(snapshot)")
    }

    package static func allGateways(_ count: Int, reason: String) -> Self {
        Self(
            kind: .gateway,
            description: count == 1
                ? "the only gateway is lost: \(reason)" : "all \(count) gateways are lost, the first one: \(reason)")
    }

    package static func executor(stoppedFor age: Duration, limit: Duration) -> Self {
        Self(
            kind: .executor,
            description:
                "Swift's executor has run nothing for \(age.inWords) (limit \(limit.inWords)): every thread of the "
                + "cooperative pool is blocked")
    }
}
