import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Single services of the board, as the page has them.
extension FleetReaderTests {
    private static let moment = WallTime(microseconds: 1_768_838_847_000_000)
    private static let later = WallTime(microseconds: 4_000_000_000_000_000)

    private func reader(of board: StatusBoard) -> FleetReader {
        FleetReader(board: board, history: FakeHistory(), version: "1")
    }

    /// To strangers a part of it, without what the service and people say.
    @Test func allThatIsKnownOfAServiceIsShown() throws {
        let board = ServedMonitor.filledBoard
        board.update("db") { status in
            var result = ProbeResult(status: .healthy, message: "ok", responseTime: .milliseconds(12))
            result.report = "ok\nreally"
            result.nextDue = Self.later
            status.last = CheckRecord(service: "db", result: result, time: Self.moment)
            status.changed = Self.moment
            status.maintenanceEnd = Self.later
            status.forecast = Forecast(check: "disk", limit: 100, seconds: 259_200, event: "disk full")
            status.marks.silenced = ServiceMarks.Mark(who: "ana", when: 1, until: Self.later.microseconds)
            status.marks.noted = ServiceMarks.Mark(who: "bob", when: 2, note: "moved")
        }
        let reader = reader(of: board)
        let all = reader.model(for: .insider).services
        #expect(all.map(\.isChecked) == [true, true, false])
        let shown = try #require(all.first)
        #expect(shown.changed == Self.moment && shown.since == Self.moment && shown.maintenanceEnd == Self.later)
        let details = try #require(shown.details)
        #expect(details.report == "ok\nreally" && details.nextDue == Self.later && details.lastCheck == Self.moment)
        #expect(details.responseMilliseconds == 12 && details.forecast == "disk full in about 3 days")
        #expect(details.silenced?.who == "ana" && details.noted?.note == "moved" && !details.hasAlert)
        let open = try #require(reader.model(for: .anybody).services.first)
        #expect(open.changed == Self.moment && open.maintenanceEnd == Self.later && open.details == nil)
    }

    /// It stands where its first service does, of those that the viewer sees.
    @Test func aGroupIsOnePlace() {
        let services: [(String, String?, Bool)] = [
            ("a", "web", false), ("b", nil, true), ("c", "web", true), ("d", nil, true),
        ]
        let board = StatusBoard(
            services.map { name, group, isPublic in
                Target(name, ScriptedProbe([.healthy]), group: group, isPublic: isPublic)
            })
        let reader = reader(of: board)
        #expect(reader.model(for: .insider).services.map(\.groupOrder) == [0, 1, 0, 1])
        #expect(reader.model(for: .anybody).services.map(\.groupOrder) == [1, 2, 1])
    }

    /// Containers come and go.
    @Test func aReloadedServiceHasItsPageAtOnce() {
        let board = StatusBoard([Target("old", ScriptedProbe([.healthy]))])
        let reader = reader(of: board)
        #expect(reader.model(of: FleetService.id(of: "old"), for: .insider)?.services.map(\.name) == ["old"])
        board.watch([Target("new", ScriptedProbe([.healthy]))])
        #expect(reader.model(of: FleetService.id(of: "new"), for: .insider)?.services.map(\.name) == ["new"])
        #expect(reader.model(of: FleetService.id(of: "old"), for: .insider) == nil)
    }

    /// Programs get values, which have no incidents. Whoever has seen nothing is told also that there is nothing.
    @Test func anIncidentIsNewsOfThePageAlone() {
        let empty = self.reader(of: StatusBoard([]))
        #expect(empty.update(for: .insider, since: 0, asHTML: false).isNews)
        let board = ServedMonitor.filledBoard
        let reader = self.reader(of: board)
        let before = board.revision
        board.noteAlerts()
        #expect(reader.update(for: .insider, since: before, asHTML: true).isNews)
        #expect(!reader.update(for: .insider, since: before, asHTML: false).isNews)
    }
}
