import KeepAlivePlatform

/// What the launcher hands to lease-keeper in its environment: the password must not stand in the arguments.
package struct KeeperEnvironment: Equatable, Sendable {
    /// The address of the lease's database, with the password.
    package var url: String
    package var name: String
    /// What the lease protects, such as `telegram:123456`: one resource has one lease.
    package var resource: String
    package var timeToLive: Duration
    /// This launcher's label, unique among all.
    package var label: String
    /// This machine's name, for people.
    package var host: String
    /// The file that a keeper locks for its life: the next launcher waits for it.
    package var lockPath: String
    /// How long the bot may take after SIGTERM when lease-keeper ends it.
    package var grace: Duration
    /// The number of the inherited end of the socket pair.
    package var channel: Int32

    package init(
        url: String, name: String, resource: String, timeToLive: Duration, label: String, host: String,
        lockPath: String, grace: Duration, channel: Int32
    ) {
        self.url = url
        self.name = name
        self.resource = resource
        self.timeToLive = timeToLive
        self.label = label
        self.host = host
        self.lockPath = lockPath
        self.grace = grace
        self.channel = channel
    }

    /// The variables of lease-keeper's process.
    package var variables: [String: String] {
        [
            Key.url: url, Key.name: name, Key.resource: resource, Key.timeToLive: Self.milliseconds(timeToLive),
            Key.label: label, Key.host: host, Key.lockPath: lockPath, Key.grace: Self.milliseconds(grace),
            Key.channel: String(channel),
        ]
    }

    /// Reads the variables.
    ///
    /// - Throws: the name of the first variable that is missing or malformed.
    package init(_ variables: [String: String]) throws(Fault) {
        func text(_ key: String) throws(Fault) -> String {
            guard let value = variables[key], !value.isEmpty else { throw Fault(name: key) }
            return value
        }
        func number(_ key: String, _ range: ClosedRange<Int32>) throws(Fault) -> Int32 {
            guard let value = Int32(try text(key)), range.contains(value) else { throw Fault(name: key) }
            return value
        }
        self.init(
            url: try text(Key.url), name: try text(Key.name), resource: try text(Key.resource),
            timeToLive: .milliseconds(try number(Key.timeToLive, 1000...Int32.max)), label: try text(Key.label),
            host: variables[Key.host] ?? "", lockPath: try text(Key.lockPath),
            grace: .milliseconds(try number(Key.grace, 0...Int32.max)),
            channel: try number(Key.channel, 3...Int32.max))
    }

    /// A variable that is missing or malformed.
    package struct Fault: Error, Equatable {
        package let name: String
    }

    private enum Key {
        static let url = "LEASE_URL"
        static let name = "LEASE_NAME"
        static let resource = "KEEPALIVE_KEEPER_RESOURCE"
        static let timeToLive = "KEEPALIVE_KEEPER_TTL_MS"
        static let label = "KEEPALIVE_KEEPER_LABEL"
        static let host = "KEEPALIVE_KEEPER_HOST"
        static let lockPath = "KEEPALIVE_KEEPER_LOCK"
        static let grace = "KEEPALIVE_KEEPER_GRACE_MS"
        static let channel = "KEEPALIVE_KEEPER_FD"
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(duration.saturatedNanoseconds / 1_000_000)
    }
}
