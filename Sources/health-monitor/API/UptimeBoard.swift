import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The uptimes of all services, read at most every some seconds, and more seldom where that takes long. Thread-safe.
final class UptimeBoard: Sendable {
    private struct State {
        var shares: [String: UptimeShares] = [:]
        var readAt: MonotonicTime?
        var lasts = UptimeBoard.lasts
    }

    private static let lasts = Duration.seconds(5)

    private let history: any HistoryReading & Sendable
    private let board: StatusBoard
    private let state = Mutex(State())

    init(history: any HistoryReading & Sendable, board: StatusBoard) {
        self.history = history
        self.board = board
    }

    /// What was read last, and whether it is time to read again.
    func last(at now: MonotonicTime = .now()) -> (shares: [String: UptimeShares], isOld: Bool) {
        state.withLock { state in
            (state.shares, state.readAt.map { now.since($0) >= state.lasts } ?? true)
        }
    }

    /// Reads them again, unless somebody has just done so; what cannot be read stays as it was.
    func refresh() {
        guard last().isOld else { return }
        let start = MonotonicTime.now()
        let names = board.names
        guard let day = try? history.uptimes(of: names, hours: 24),
            let month = try? history.uptimes(of: names, hours: 720),
            let quarter = try? history.uptimes(of: names, hours: 2160)
        else { return }
        let shares = Dictionary(
            names.map { name in
                (
                    name,
                    UptimeShares(day: day[name]?.percent, month: month[name]?.percent, quarter: quarter[name]?.percent)
                )
            }, uniquingKeysWith: { first, _ in first })
        let now = MonotonicTime.now()
        state.withLock { state in
            state.shares = shares
            state.readAt = now
            // A twentieth of the reading thread's time at most.
            state.lasts = max(Self.lasts, now.since(start) * 20)
        }
    }
}
