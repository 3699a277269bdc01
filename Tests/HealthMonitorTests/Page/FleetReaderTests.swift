import KeepAliveKit
import Testing

@testable import health_monitor

/// What of board and history reaches whom.
struct FleetReaderTests {
    private let time = WallTime(microseconds: 20_000 * 86_400_000_000 + 3 * 3_600_000_000)

    private var history: FakeHistory {
        FakeHistory { contents in
            contents.days["db"] = [
                DayUptime(day: 19_900, uptime: Uptime(healthy: 1)), DayUptime(day: 19_911, uptime: Uptime(healthy: 2)),
                DayUptime(day: 20_000, uptime: Uptime(healthy: 3)), DayUptime(day: 20_001, uptime: Uptime(healthy: 4)),
            ]
            contents.hours["db"] = [HourResponses(hour: 480_003, average: 5, least: 4, most: 6)]
            contents.alerts = ["db", "café/bot 1", "gone"].enumerated().map { index, name in
                AlertRow(
                    id: Int64(index), service: name, severity: .critical, message: "secret", status: .active,
                    triggeredAt: ServedMonitor.time, resolvedAt: nil)
            }
        }
    }

    private func reader(_ history: FakeHistory) -> FleetReader {
        FleetReader(board: ServedMonitor.filledBoard, history: history, version: "1")
    }

    @Test func daysStandInTheirPlaces() throws {
        let model = reader(history).model(for: .insider, at: time)
        let days = try #require(model.services.first).days
        #expect(days.count == 90)
        #expect(days[0] == Uptime(healthy: 2))
        #expect(days[89] == Uptime(healthy: 3), "tomorrow is no day of the page")
        #expect(days.compactMap(\.self).count == 2)
        let hours = try #require(model.services.first?.details?.hours)
        #expect(hours.count == 24)
        #expect(hours[23]?.average == 5)
    }

    @Test func strangersAreToldNothingMore() {
        let reader = reader(history)
        let open = reader.model(for: .anybody, at: time)
        #expect(open.services.map(\.name) == ["db"])
        #expect(open.services.allSatisfy { $0.details == nil })
        #expect(open.incidents.map(\.service) == ["db"])
        #expect(open.incidents.allSatisfy { $0.message == nil })
        #expect(open.status == .healthy)
        let all = reader.model(for: .insider, at: time)
        #expect(all.services.map(\.name) == ["db", "café/bot 1", "new"])
        #expect(all.incidents.map(\.service) == ["db", "café/bot 1", "gone"])
        #expect(all.edition != open.edition)
    }

    /// A page of a large fleet is asked for by many.
    @Test func whatWasReadIsNotReadAgainAtOnce() {
        let history = history
        let reader = reader(history)
        _ = reader.model(for: .insider, at: time)
        let questions = history.questions.count
        _ = reader.model(for: .anybody, at: time)
        #expect(history.questions.count == questions)
    }

    @Test func aFailureIsToldWithoutItsReasonToStrangers() {
        let reader = reader(FakeHistory { $0.fails = true })
        #expect(reader.model(for: .insider, at: time).gap == "the disk is gone")
        #expect(reader.model(for: .anybody, at: time).gap == "")
        #expect(reader.model(for: .anybody, at: time).services.map(\.days.count) == [90])
    }

    @Test func idsOfEventsAreThoseOfThisRun() {
        let reader = reader(history)
        #expect(reader.revision(of: reader.eventID(7)) == 7)
        for wrong in ["", "7", "-7", "x-7", "\(reader.run)-", "\(reader.run)--7", "\(reader.run)-x"] {
            #expect(reader.revision(of: wrong) == 0)
        }
        // One that this run has not reached is nobody's.
        #expect(reader.update(for: .insider, since: 99, at: time).changed.isEmpty)
    }
}
