import KeepAlivePlatform

/// What a push service reported besides its last call: its runs. The history keeps it as JSON, so that a new field
/// needs no new column.
struct JobRecord: Codable, Sendable, Equatable {
    /// A run that began and has not ended.
    struct Run: Codable, Sendable, Equatable {
        /// The caller's name for it, so that overlapping runs are told apart; nil without one.
        var id: String?
        /// In microseconds since 1970.
        var startedAt: Int64
        /// The same moment on this process's clock; nil if an earlier process took the call.
        var tick: MonotonicTime?

        private enum CodingKeys: String, CodingKey { case id, startedAt }

        /// Ignores the tick, which is valid only in this process.
        static func == (left: Run, right: Run) -> Bool { left.id == right.id && left.startedAt == right.startedAt }
    }

    /// The oldest first.
    var runs: [Run] = []
    /// How long the last ended run took; nil if its start is unknown.
    var durationMilliseconds: Int64?
    /// The exit code that the last ended run reported.
    var exitCode: Int?
    /// The schedule, and since when the monitor knows it: due times before that prove nothing.
    var schedule: String?
    var scheduledAt: Int64?
    /// When the first run began that a later one of its name has replaced; nil once any run has ended.
    var unendedAt: Int64?
}
