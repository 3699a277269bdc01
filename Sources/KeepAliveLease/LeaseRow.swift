/// The lease's row as an observation showed it.
package struct LeaseRow: Equatable, Sendable {
    package var epoch: Int64
    package var beat: Beat
    /// The label of the holder; nil when the lease is free.
    package var holder: String?
    /// The label of the standby that the lease is passed to.
    package var heir: String?
    /// The time to live that the holder declared, in milliseconds.
    package var timeToLive: Int32
    /// The holder's machine, for people.
    package var host: String
    /// Since when the holder has the lease, as `2026-01-19T16:07:27Z`, for people.
    package var since: String?
    /// What the holder wrote: the restart record, or an offer; a JSON object.
    package var info: String

    package init(
        epoch: Int64, beat: Beat, holder: String?, heir: String?, timeToLive: Int32, host: String, since: String?,
        info: String
    ) {
        self.epoch = epoch
        self.beat = beat
        self.holder = holder
        self.heir = heir
        self.timeToLive = timeToLive
        self.host = host
        self.since = since
        self.info = info
    }
}
