import KeepAlivePlatform
import KeepAlivePostgreSQL
import Testing

@testable import KeepAliveHealthMonitor

/// The statements and values for PostgreSQL, without a server.
struct PostgreSQLTextTests {
    @Test(
        arguments: [
            (.min, "1970-01-01T00:00:00.000000Z"), (-1, "1970-01-01T00:00:00.000000Z"),
            (1, "1970-01-01T00:00:00.000001Z"), (253_402_300_799_999_998, "9999-12-31T23:59:59.999998Z"),
            (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z"), (.max, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func aTimeIsOneThatEveryClientReads(microseconds: Int64, text: String) {
        #expect(PostgreSQLText.time(microseconds: microseconds) == text)
    }

    @Test func whatIsNoTextThereIsReplaced() {
        #expect(PostgreSQLText.clean("a\0b\0") == "a\u{FFFD}b\u{FFFD}")
        #expect(PostgreSQLText.array(["a\0", nil] as [String?]) == "{\"a\u{FFFD}\",NULL}")
        #expect(PostgreSQLText.array([-1, nil] as [Int64?]) == "{\"-1\",NULL}")
    }

    private static var batch: HistoryBatch {
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), TargetState(), [ChannelScene.event(), ChannelScene.event(.noted)])
        batch.addPush(PushRecord(firstKnownAt: 1), of: "cron")
        batch.addMarks(ServiceMarks(), of: "casino", nil)
        batch.addRetired("gone", nil)
        batch.addDelivered("key")
        return batch
    }

    private func statements(_ batch: HistoryBatch, _ role: PostgreSQLRole) throws -> [PostgreSQLQuery] {
        try PostgreSQLBatch(batch: batch, now: .now(), role: role).statements()
    }

    /// Its right to write is checked before anything is written.
    @Test func aLeadersStatementsBeginWithItsFence() throws {
        let alone = try statements(Self.batch, .alone)
        let led = try statements(Self.batch, .leader(7))
        #expect(led.first == LeaderFence.check(7) && led.count == alone.count + 1)
        #expect(led.first?.parameters == ["7"])
        #expect(try statements(HistoryBatch(), .leader(7)).isEmpty)
        #expect(try statements(HistoryBatch(), .alone).isEmpty)
    }

    /// Alerts, states and the outbox are the leader's.
    @Test func aVantageWritesWhatItSawAndWhatWasSaidToIt() throws {
        let words = try statements(Self.batch, .vantage("oslo")).map(\.sql)
        for table in ["service_health_checks", "service_marks", "push_calls", "service_health_alert_events"] {
            #expect(words.count { $0.contains("INTO \(table) ") || $0.contains("FROM \(table) ") } == 1, "\(table)")
        }
        for table in ["service_health_alerts", "target_states", "alert_outbox", "service_health_hours"] {
            #expect(!words.contains { $0.contains("\(table) ") }, "\(table)")
        }
    }
}
