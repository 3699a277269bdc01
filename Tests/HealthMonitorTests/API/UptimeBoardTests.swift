import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct UptimeBoardTests {
    /// A scrape each second must not read the history each second.
    @Test func theHistoryIsReadOnceInFiveSeconds() {
        let history = ServedMonitor.filledHistory
        let uptimes = UptimeBoard(history: history, board: ServedMonitor.filledBoard)
        #expect(uptimes.last().isOld)
        let start = MonotonicTime.now()
        uptimes.refresh()
        #expect(uptimes.last(at: start).shares["db"] == UptimeShares(day: 100, month: 100, quarter: 100))
        #expect(!uptimes.last(at: start.advanced(by: .seconds(4))).isOld)
        #expect(uptimes.last(at: start.advanced(by: .seconds(86_400))).isOld)
        uptimes.refresh()
        // On a machine that stood still for so long it was old again.
        let wasQuick = MonotonicTime.now().since(start) < .seconds(5)
        let hours = history.questions.compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(!wasQuick || hours == ["24", "720", "2160"])
    }
}
