import KeepAlivePlatform

extension PushBoard {
    /// A call that was just taken here may not be in the shared database yet.
    private static let patience = Duration.seconds(2)

    /// Takes the calls that other monitors got; returns the services with news.
    ///
    /// - Parameters:
    ///   - records: by service, as the shared database had them.
    ///   - looked: when that was.
    func learn(_ records: [String: PushRecord], looked: MonotonicTime, wallNow: WallTime) -> [String] {
        changeLines { line in
            guard let name = line.service?.name,
                let record = records[name]?.bounded(at: looked, wallNow: wallNow),
                line.notedAt.map({ looked.since($0) > Self.patience }) ?? true
            else { return nil }
            let isNewer = record.calledAt.map { $0 > line.calledAt ?? .min } ?? false
            guard isNewer || record.job != line.job else { return nil }
            line.job = record.job
            if isNewer, let time = record.calledAt {
                line.calledAt = time
                line.call = Call(
                    at: looked.advanced(by: .zero - WallTime(microseconds: time).age(at: wallNow)),
                    status: record.status ?? .healthy, message: record.message)
            }
            return name
        }
    }
}
