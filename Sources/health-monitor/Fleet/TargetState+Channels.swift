extension TargetState {
    /// The channels for the events that one check has just caused; from then on they know the alert. Its end goes to
    /// those that know it, whatever a reload has changed since: a pager would go on.
    ///
    /// - Parameters:
    ///   - chosen: the target's channels; nil means all.
    ///   - all: the names of all channels.
    mutating func recipients(of events: [AlertEvent], among chosen: [String]?, of all: [String]) -> [String] {
        let channels = chosen ?? all
        guard let event = events.last(where: { $0.isQuiet != true }) else { return channels }
        if event.kind.isEnd {
            defer { toldChannels = nil }
            return told(among: all) ?? channels
        }
        if event.isFirstOfAlert { toldChannels = [] }
        toldChannels = toldChannels.map { told in told + channels.filter { !told.contains($0) } }
        return channels
    }

    /// The channels that know the alert and still exist; nil if it is not known which they are.
    func told(among all: [String]) -> [String]? {
        toldChannels.map { told in all.filter { told.contains($0) } }
    }
}
