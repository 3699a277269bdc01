import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The monitor's numbers: counts for `/metrics`, forecasts for the API, and items for Application Insights.
/// Thread-safe. It records each finished check and delays none.
final class Telemetry: Sendable {
    /// Counts since the start.
    struct Counts: Sendable {
        /// Finished checks per service.
        var checks: [String: [ProbeStatus: UInt64]] = [:]
        /// Alert events, by kind.
        var events: [AlertEvent.Kind: UInt64] = [:]
        /// Waiting alert events per channel.
        var waiting: [String: Int] = [:]
        /// Rows of the history lost because the disk accepted none.
        var lostRows = 0
    }

    private struct State {
        var counts = Counts()
        var trends: [String: ServiceTrends] = [:]
    }

    private let board: StatusBoard
    private let insights: ApplicationInsights?
    private let state: Mutex<State>

    init(board: StatusBoard, channels: [String] = [], insights: ApplicationInsights? = nil) {
        self.board = board
        self.insights = insights
        var state = State()
        for channel in channels { state.counts.waiting[channel] = 0 }
        self.state = Mutex(state)
    }

    /// Takes the channels of a reloaded configuration, and forgets the services that the board does not have any more.
    func watch(channels: [String]) {
        let names = Set(board.names)
        state.withLock { state in
            state.counts.checks = state.counts.checks.filter { names.contains($0.key) }
            state.trends = state.trends.filter { names.contains($0.key) }
            let known = state.counts.waiting
            // Events for a removed channel count while they wait.
            state.counts.waiting = known.filter { $0.value > 0 }
            for channel in channels { state.counts.waiting[channel] = known[channel] ?? 0 }
        }
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// The answer of `/metrics`.
    func metrics(_ format: MetricsText.Format, version: String) -> [UInt8] {
        var text = MetricsText(format)
        MonitorMetrics(
            services: board.all, troubles: board.channelTroubles, roll: board.roll, counts: counts, version: version
        )
        .append(to: &text)
        ProcessMetrics()?.append(to: &text)
        return text.finish()
    }

    /// Records the result and events of one check.
    func note(_ record: CheckRecord, events: [AlertEvent]) async {
        let forecast: Forecast?? = state.withLock { state in
            state.counts.checks[record.service, default: [:]][record.result.status, default: 0] &+= 1
            for event in events { state.counts.events[event.kind, default: 0] &+= 1 }
            guard ServiceTrends.isFed(by: record.result.checks) else {
                // A service without numbers has no forecast.
                return state.trends[record.service] == nil ? .none : .some(nil)
            }
            state.trends[record.service, default: ServiceTrends()].add(record.result.checks, at: record.time)
            return .some(state.trends[record.service]?.forecast(at: record.time))
        }
        if case .some(let forecast) = forecast { board.update(record.service) { $0.forecast = forecast } }
        guard let insights, let target = board[record.service]?.target else { return }
        await insights.add(TelemetryItem.items(of: record, events, target))
    }

    /// Starts to read earlier results on its own thread, because a large file must not delay the start. If it fails,
    /// the trends start empty.
    func remember(_ history: any HistoryReading & Sendable, of services: [String], log: Log) {
        do {
            try OSThread.start(name: "monitor-trends") { [weak self] in self?.read(history, of: services, log: log) }
        } catch {
            log(.debug, "there is no thread to read trends from the history: \(error.message)")
        }
    }

    /// Reads earlier results before it returns.
    func read(_ history: any HistoryReading, of services: [String], log: Log) {
        for service in services {
            do {
                func samples(_ pieces: (width: Int, most: Int)) throws -> [CheckSample] {
                    try history.samples(of: service, every: Int64(pieces.width), most: pieces.most)
                }
                let (hourly, recent) = (try samples(ServiceTrends.hourly), try samples(ServiceTrends.recent))
                guard (hourly + recent).contains(where: { ServiceTrends.isFed(by: $0.checks) }) else { continue }
                state.withLock { $0.trends[service, default: ServiceTrends()].precede(hourly: hourly, recent: recent) }
            } catch {
                return log(.debug, "the history of \(service) cannot be read for its trend: \(error)")
            }
        }
    }

    /// Polls the history's numbers and sends, until the task is cancelled.
    ///
    /// - Parameter kept: the waiting events per channel, and the number of lost rows.
    func run(_ kept: @escaping @Sendable () async -> (waiting: [String: Int], lostRows: Int)) async {
        await withDiscardingTaskGroup { group in
            if let insights { group.addTask { await insights.run() } }
            group.addTask { [self] in
                repeat {
                    let (waiting, lost) = await kept()
                    state.withLock { state in
                        for channel in state.counts.waiting.keys { state.counts.waiting[channel] = 0 }
                        state.counts.waiting.merge(waiting) { $1 }
                        state.counts.lostRows = lost
                    }
                } while (try? await Task.sleep(for: .seconds(5), clock: .suspending)) != nil
            }
        }
    }
}
