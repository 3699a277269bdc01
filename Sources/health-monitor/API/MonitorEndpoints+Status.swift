import KeepAliveKit
import KeepAlivePlatform

extension MonitorEndpoints {
    /// The longest wait for a read of the uptimes; after that the answer carries the last ones.
    private static let uptimePatience = Duration.milliseconds(250)

    /// The state of all services, with uptimes that are some seconds old.
    func status(_ call: APICall) -> Answer {
        let sources = sources
        guard sources.uptimes.last().isOld else { return .now(sources.status) }
        let turn = Slots(1)
        let isTaken = reader.add {
            sources.uptimes.refresh()
            if turn.take() { call.answer { () throws(Refusal) in sources.status } }
        }
        guard isTaken else { return .now(sources.status) }
        Task {
            try? await Task.sleep(for: Self.uptimePatience, clock: .suspending)
            if turn.take() { call.answer { () throws(Refusal) in sources.status } }
        }
        return .later(.seconds(15))
    }
}

extension MonitorEndpoints.Sources {
    fileprivate var status: APIContent {
        let services = board.all
        let time = WallTime.now()
        var document = StatusDocument(
            services: services, status: OnceReport(services: services, time: time).status,
            troubles: board.channelTroubles, time: time)
        document.roll = board.roll
        document.uptimes = uptimes.last().shares
        return APIContent(document.answer)
    }
}
