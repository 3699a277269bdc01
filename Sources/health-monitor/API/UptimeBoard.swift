import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// The uptimes of all services. They are read at most every few seconds, and less often if a read is slow. Thread-safe.
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

    /// The last uptimes, and whether a new read is due.
    func last(at now: MonotonicTime = .now()) -> (shares: [String: UptimeShares], isOld: Bool) {
        state.withLock { state in
            (state.shares, state.readAt.map { now.since($0) >= state.lasts } ?? true)
        }
    }

    /// Reads them, unless another caller has just done so. After an error the old ones stay.
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
            // At most a twentieth of the reading thread's time.
            state.lasts = max(Self.lasts, now.since(start) * 20)
        }
    }
}
