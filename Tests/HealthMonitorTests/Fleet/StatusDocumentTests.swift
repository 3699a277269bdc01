import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The state of all services as the API writes it.
struct StatusDocumentTests {
    private static func minute(_ number: Int64) -> WallTime { WallTime(microseconds: number * 60_000_000) }

    /// Of a service in trouble, and of what people have said.
    @Test func everyFieldHasItsValue() throws {
        var service = ServiceStatus(target: Target("db", ScriptedProbe([]), group: "eu"), state: TargetState())
        var result = ProbeResult(status: .unhealthy, message: "down", responseTime: .microseconds(1500))
        result.report = "down\nwhy"
        result.nextDue = Self.minute(1)
        service.last = CheckRecord(service: "db", result: result, time: Self.minute(2))
        service.maintenanceEnd = Self.minute(3)
        service.silence = .maintenance
        service.forecast = Forecast(check: "disk.used_percent", limit: 100, seconds: 7200.4, event: "disk full")
        service.marks.noted = ServiceMarks.Mark(who: "ana", when: Self.minute(4).microseconds, note: "moved")
        service.marks.silenced = ServiceMarks.Mark(
            who: "bob", when: Self.minute(4).microseconds, until: Self.minute(6).microseconds)
        let document = StatusDocument(services: [service], status: .unhealthy, time: Self.minute(5))
        let json = try JSON(parsing: String(decoding: document.answer, as: UTF8.self))
        #expect(json["timestamp"] == "1970-01-01T00:05:00.000000Z")
        let found = try #require(json["services"]?[0])
        #expect(found["group"] == "eu")
        #expect(found["message"] == "down")
        #expect(found["report"] == "down\nwhy")
        #expect(found["response_time_ms"] == 1.5)
        #expect(found["next_due"] == "1970-01-01T00:01:00.000000Z")
        #expect(found["last_check"] == "1970-01-01T00:02:00.000000Z")
        #expect(found["maintenance_until"] == "1970-01-01T00:03:00.000000Z")
        #expect(found["suppressed"] == "maintenance")
        let forecast: JSON = [
            "check": "disk.used_percent", "limit": 100, "seconds": 7200, "text": "disk full in about 2 hours",
        ]
        #expect(found["forecast"] == forecast)
        let note: JSON = ["who": "ana", "when": "1970-01-01T00:04:00.000000Z", "until": nil, "note": "moved"]
        #expect(found["note"] == note)
        let silence: JSON = [
            "who": "bob", "when": "1970-01-01T00:04:00.000000Z", "until": "1970-01-01T00:06:00.000000Z", "note": nil,
        ]
        #expect(found["silenced"] == silence)
        #expect(found["acknowledged"] == JSON.null)
    }

    /// The silence of a mark ends in its last moment.
    @Test(arguments: [(5, true), (6, false)] as [(Int64, Bool)])
    func aSilenceThatIsOverIsNone(minute: Int64, isSilenced: Bool) {
        var service = ServiceStatus(target: Target("db", ScriptedProbe([])), state: TargetState())
        service.marks.silenced = ServiceMarks.Mark(who: "bob", when: 0, until: Self.minute(6).microseconds)
        let document = StatusDocument(services: [service], status: .unknown, time: Self.minute(minute))
        #expect(document.services.map { $0.silenced != nil } == [isSilenced])
        #expect(document.counts["unknown"] == 1 && document.counts["healthy"] == 0)
    }
}
