/// What the launcher tells lease-keeper at its start, by environment: the password must not be in the arguments.
package struct KeeperSettings: Equatable, Sendable {
    /// The address of PostgreSQL.
    package var url: String
    /// The lease's name: `A-Za-z0-9._-`, at most 63.
    package var name: String
    /// What the lease protects: one resource has one lease.
    package var resource: String
    package var timeToLiveMilliseconds: Int32
    /// How long the bot of a launcher that is gone has after SIGTERM; the lease's deadline bounds it.
    package var graceMilliseconds: Int32
    /// This launcher's label, unique among all.
    package var label: String
    /// This machine, for people.
    package var host: String
    /// The file that a lease-keeper locks during its life.
    package var lockPath: String
    /// The descriptor of the launcher's channel.
    package var channel: Int32

    package init(
        url: String, name: String, resource: String, timeToLiveMilliseconds: Int32, graceMilliseconds: Int32,
        label: String, host: String, lockPath: String, channel: Int32
    ) {
        self.url = url
        self.name = name
        self.resource = resource
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.graceMilliseconds = graceMilliseconds
        self.label = label
        self.host = host
        self.lockPath = lockPath
        self.channel = channel
    }

    /// The bot's variable with the label of its launcher, by which its processes are found wherever they went.
    package static let holderVariable = "KEEPALIVE_LEASE_HOLDER"

    /// The variables that lease-keeper is started with.
    package var environment: [String: String] {
        [
            "LEASE_URL": url, "LEASE_NAME": name, "KEEPALIVE_KEEPER_RESOURCE": resource,
            "KEEPALIVE_KEEPER_TTL_MS": String(timeToLiveMilliseconds),
            "KEEPALIVE_KEEPER_GRACE_MS": String(graceMilliseconds), "KEEPALIVE_KEEPER_LABEL": label,
            "KEEPALIVE_KEEPER_HOST": host, "KEEPALIVE_KEEPER_LOCK": lockPath,
            "KEEPALIVE_KEEPER_FD": String(channel),
        ]
    }

    /// Reads them.
    ///
    /// - Returns: nil if one is missing or malformed, as when a person starts lease-keeper by hand.
    package init?(environment: [String: String]) {
        guard let url = environment["LEASE_URL"], let name = environment["LEASE_NAME"],
            let resource = environment["KEEPALIVE_KEEPER_RESOURCE"],
            let timeToLive = environment["KEEPALIVE_KEEPER_TTL_MS"].flatMap({ Int32($0) }), timeToLive > 0,
            let grace = environment["KEEPALIVE_KEEPER_GRACE_MS"].flatMap({ Int32($0) }), grace >= 0,
            let label = environment["KEEPALIVE_KEEPER_LABEL"], let host = environment["KEEPALIVE_KEEPER_HOST"],
            let lockPath = environment["KEEPALIVE_KEEPER_LOCK"],
            let channel = environment["KEEPALIVE_KEEPER_FD"].flatMap({ Int32($0) }), channel > 2
        else { return nil }
        self.init(
            url: url, name: name, resource: resource, timeToLiveMilliseconds: timeToLive, graceMilliseconds: grace,
            label: label, host: host, lockPath: lockPath, channel: channel)
    }
}
