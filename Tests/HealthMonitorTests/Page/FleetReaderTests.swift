import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Which viewer gets which data of the board and the history.
struct FleetReaderTests {
    private let time = WallTime(microseconds: 20_000 * 86_400_000_000 + 3 * 3_600_000_000)

    private var history: FakeHistory {
        FakeHistory { contents in
            contents.days["db"] = [
                DayUptime(day: 19_900, uptime: Uptime(healthy: 1)), DayUptime(day: 19_911, uptime: Uptime(healthy: 2)),
                DayUptime(day: 20_000, uptime: Uptime(healthy: 3)), DayUptime(day: 20_001, uptime: Uptime(healthy: 4)),
            ]
            contents.responses["db"] = [
                ResponsePoint(second: second - 90, average: 5, least: 4, most: 6),
                ResponsePoint(second: second - 30, average: 7, least: 4, most: 8),
                ResponsePoint(second: second + 30, average: 9, least: 4, most: 8),
            ]
            contents.hours["db"] = [ResponsePoint(second: second - 7200, average: 6, least: 4, most: 6)]
            contents.steps[0] = [
                AlertStep(
                    kind: .opened, severity: .critical, message: "secret", time: ServedMonitor.time,
                    receipts: [.init(channel: "secret", deliveredAt: ServedMonitor.time)]),
                AlertStep(kind: .repeated, severity: .critical, message: "secret", time: ServedMonitor.time),
            ]
            contents.alerts = ["db", "café/bot 1", "gone"].enumerated().map { index, name in
                AlertRow(
                    id: Int64(index), service: name, severity: .critical, message: "secret", status: .active,
                    triggeredAt: ServedMonitor.time, resolvedAt: nil)
            }
        }
    }

    private var second: Int64 { time.microseconds / 1_000_000 }

    private func reader(_ history: FakeHistory) -> FleetReader {
        FleetReader(board: ServedMonitor.filledBoard, history: history, version: "1")
    }

    @Test func whatAChannelAnsweredIsNobodysBusiness() {
        let board = ServedMonitor.filledBoard
        let reader = FleetReader(board: board, history: history, version: "1")
        let before = board.revision
        let trouble = ChannelTrouble(channel: "pager", reason: "it answered 403", isDelivering: false)
        board.note(trouble, of: "pager")
        #expect(reader.model(for: .insider, at: time).troubles == [trouble])
        #expect(reader.model(for: .anybody, at: time).troubles == [])
        #expect(reader.update(for: .insider, since: before, asHTML: true).isNews)
        board.note(nil, of: "pager")
        #expect(reader.model(for: .insider, at: time).troubles == [])
    }

    @Test func daysStandInTheirPlaces() throws {
        let model = reader(history).model(for: .insider, at: time)
        let days = try #require(model.services.first).days
        #expect(days.count == 90)
        #expect(days[0] == Uptime(healthy: 2))
        #expect(days[89] == Uptime(healthy: 3), "tomorrow is no day of the page")
        #expect(days.compactMap(\.self).count == 2)
        #expect(model.services.first?.details?.responses == nil)
    }

    /// A new service has a line after its second check.
    @Test func aNewServiceHasALineAtOnce() throws {
        let history = history
        let model = try #require(reader(history).model(of: FleetService.id(of: "db"), for: .insider, at: time))
        let times = try #require(model.services.first?.details?.responses)
        #expect(times.span == .init(oldest: second - 90, at: second, interval: 60))
        #expect(times.span.length == 900)
        #expect(times.points.map(\.average) == [5, 7], "what is to come is no point")
        #expect(times.runs.count == 1)
        history.change { $0.checkCount = 1_000_000 }
        let slow = try #require(reader(history).model(of: FleetService.id(of: "db"), for: .insider, at: time))
        #expect(slow.services.first?.details?.responses?.points.map(\.average) == [6])
        #expect(!history.questions.suffix(4).contains { $0.hasPrefix("responses") })
    }

    @Test(
        arguments: [
            (nil, 60, 900, 60), (899, 1, 900, 10), (900, 60, 900, 60), (901, 60, 3600, 60),
            (20_000, 60, 21_600, 225), (80_000, 60, 86_400, 900), (80_000, 7200, 86_400, 7200), (-5, 60, 900, 60),
        ] as [(Int64?, Int64, Int64, Int64)])
    func aLineHasAtMost96Points(age: Int64?, interval: Int64, length: Int64, step: Int64) {
        let span = ResponseLine.Span(oldest: age.map { 1_000_000 - $0 }, at: 1_000_000, interval: interval)
        #expect(span.length == length)
        #expect(span.step == step)
        #expect(span.length / span.step <= 96)
    }

    @Test func onePageIsOfOneService() throws {
        let reader = reader(history)
        let open = try #require(reader.model(of: FleetService.id(of: "db"), for: .anybody, at: time))
        #expect(open.services.map(\.name) == ["db"])
        #expect(open.services.first?.details == nil)
        #expect(open.incidents.map(\.service) == ["db"])
        #expect(reader.model(of: FleetService.id(of: "new"), for: .anybody, at: time) == nil)
        #expect(reader.model(of: FleetService.id(of: "new"), for: .insider, at: time)?.services.count == 1)
        #expect(reader.model(of: "", for: .insider, at: time) == nil)
    }

    @Test func strangersAreToldNothingMore() {
        let reader = reader(history)
        let open = reader.model(for: .anybody, at: time)
        #expect(open.services.map(\.name) == ["db"])
        #expect(open.services.allSatisfy { $0.details == nil })
        #expect(open.incidents.map(\.service) == ["db"])
        #expect(open.incidents.allSatisfy { $0.message == nil })
        #expect(open.incidents.flatMap(\.steps).map(\.kind) == [.opened])
        #expect(open.incidents.flatMap(\.steps).allSatisfy { $0.message.isEmpty && $0.receipts.isEmpty })
        #expect(open.status == .healthy)
        let all = reader.model(for: .insider, at: time)
        #expect(all.services.map(\.name) == ["db", "café/bot 1", "new"])
        #expect(all.incidents.map(\.service) == ["db", "café/bot 1", "gone"])
        #expect(all.incidents.flatMap(\.steps).map(\.message) == ["secret", "secret"])
        #expect(all.edition != open.edition)
    }

    /// Many clients request the page of a large fleet.
    @Test func whatWasReadIsNotReadAgainAtOnce() {
        let history = history
        let reader = reader(history)
        _ = reader.model(for: .insider, at: time)
        let questions = history.questions.count
        _ = reader.model(for: .anybody, at: time)
        #expect(history.questions.count == questions)
    }

    /// An alert and its deliveries show at once, and no client gets them twice.
    @Test func incidentsAreReadAgainWhenTheyHaveChanged() {
        let (history, board) = (history, ServedMonitor.filledBoard)
        let reader = FleetReader(board: board, history: history, version: "1")
        let first = reader.update(for: .insider, since: 0, at: time)
        #expect(first.hasIncidents)
        #expect(!reader.update(for: .insider, since: first.revision, asHTML: true).isNews)
        history.change { $0.alerts = [] }
        board.noteAlerts()
        let second = reader.update(for: .insider, since: first.revision, at: time)
        #expect(second.hasIncidents && second.changed.isEmpty)
        #expect(second.all.incidents.isEmpty)
        #expect(!reader.update(for: .insider, since: second.revision, at: time).hasIncidents)
    }

    @Test func aFailureIsToldWithoutItsReasonToStrangers() {
        let reader = reader(FakeHistory { $0.fails = true })
        #expect(reader.model(for: .insider, at: time).gap == "the disk is gone")
        #expect(reader.model(for: .anybody, at: time).gap == "")
        #expect(reader.model(for: .anybody, at: time).services.map(\.days.count) == [90])
    }

    /// The acknowledgement of an earlier alert says nothing of this one.
    @Test func anAcknowledgementIsShownForItsAlertAlone() throws {
        let board = ServedMonitor.filledBoard
        let opened = try #require(board["café/bot 1"]?.state.alert?.openedAt)
        let reader = FleetReader(board: board, history: history, version: "1")
        for (alert, who) in [(opened, "ana"), (opened - 1, nil)] as [(Int64, String?)] {
            let mark = ServiceMarks.Mark(who: "ana", when: 1, alert: alert)
            board.update("café/bot 1") { $0.marks.acknowledged = mark }
            let service = reader.model(for: .insider, at: time).services[1]
            #expect(service.name == "café/bot 1" && service.details?.hasAlert == true)
            #expect(service.details?.acknowledged?.who == who)
            #expect(service.since == WallTime(microseconds: opened))
        }
    }

    /// A failure that a dependency explains is marked as expected; a maintenance is a state of its own.
    @Test func onlyAnExplainedFailureIsMarkedAsExpected() {
        let board = ServedMonitor.filledBoard
        let reader = FleetReader(board: board, history: history, version: "1")
        let explained = reader.model(for: .insider, at: time).services
        #expect(explained.map(\.isSilenced) == [false, true, false])
        #expect(explained[1].details?.silence == "no alert: its dependency db is unhealthy")
        board.update("café/bot 1") { $0.silence = .maintenance }
        let maintained = reader.model(for: .insider, at: time).services
        #expect(maintained.map(\.isSilenced) == [false, false, false])
        #expect(maintained[1].details?.silence == nil)
    }

    @Test func viewsOfVantagesStandByName() {
        let board = ServedMonitor.filledBoard
        let views = ["rome", "lima", "oslo"].map {
            VantageView(
                vantage: $0, says: .healthy, status: .healthy, message: "", age: .zero, freshFor: .seconds(100))
        }
        board.update("db") { $0.views = views }
        let reader = FleetReader(board: board, history: history, version: "1")
        let details = reader.model(for: .insider, at: time).services.first?.details
        #expect(details?.views.map(\.vantage) == ["lima", "oslo", "rome"])
    }

    @Test func idsOfEventsAreThoseOfThisRun() {
        let reader = reader(history)
        #expect(reader.revision(of: reader.eventID(7)) == 7)
        for wrong in ["", "7", "-7", "x-7", "\(reader.run)-", "\(reader.run)--7", "\(reader.run)-x"] {
            #expect(reader.revision(of: wrong) == 0)
        }
        // A revision that this run has not reached is invalid.
        #expect(reader.update(for: .insider, since: 99, at: time).changed.isEmpty)
    }

    /// Containers come and go: the days of one that nobody reads for a day are dropped.
    @Test func theDaysOfAServiceThatIsGoneAreDropped() throws {
        var cache = FleetHistory(history)
        _ = try cache.days(of: "gone", 90, at: time)
        for hours in [1, 23, 24] as [Int64] {
            #expect(cache.cached.contains("gone"))
            let later = WallTime(microseconds: time.microseconds + hours * 3_600_000_000)
            // The cached reading is valid for some seconds, whatever the wall clock.
            _ = try cache.days(of: "db\(hours)", 90, at: later)
        }
        #expect(!cache.cached.contains("gone"))
    }

    /// Above that, reading each check would delay everybody.
    @Test(arguments: [(200_000, [5, 7]), (200_001, [6])] as [(Int, [Double])])
    func aLineOfManyChecksIsHourly(count: Int, averages: [Double]) throws {
        let history = history
        history.change { $0.checkCount = count }
        let model = try #require(reader(history).model(of: FleetService.id(of: "db"), for: .insider, at: time))
        #expect(model.services.first?.details?.responses?.points.map(\.average) == averages)
    }

    /// Open ones first, however many are over.
    @Test func fortyOpenAndFortyPastIncidentsAreShown() {
        let history = FakeHistory { contents in
            contents.alerts = (0..<Int64(100)).map { index in
                AlertRow(
                    id: index, service: "db", severity: .critical, message: "",
                    status: index < 50 ? .resolved : .active, triggeredAt: ServedMonitor.time,
                    resolvedAt: index < 50 ? ServedMonitor.time : nil)
            }
        }
        let incidents = reader(history).model(for: .anybody, at: time).incidents
        #expect(incidents.map { $0.ended == nil } == (0..<80).map { $0 < 40 })
    }
}
