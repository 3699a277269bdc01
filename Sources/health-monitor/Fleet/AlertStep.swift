/// Something that happened in an alert, and who was told of it.
struct AlertStep: Sendable, Equatable {
    /// A channel that was told, or is to be.
    struct Telling: Sendable, Equatable {
        let channel: String
        /// When the channel took it, ISO 8601; nil while it does not.
        var time: String?
        /// The tries that failed, where it waits.
        var failedTries = 0
    }

    let kind: AlertEvent.Kind
    let severity: Severity
    let message: String
    /// UTC, ISO 8601 with microseconds; of several repeats that of the last one.
    let time: String
    /// How many of this kind there were: of those that an alert repeats for weeks, only the last one is given.
    var count = 1
    var tellings: [Telling] = []
}
