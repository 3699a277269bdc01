import Foundation
import KeepAliveKit
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What the checks of Uptime Kuma mean here.
struct KumaDatabaseTests {
    /// A pending check has failed, but its retries follow; what is no status says nothing.
    @Test func everyStatusHasItsMeaning() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY);
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status, time DATETIME, ping INTEGER);
            INSERT INTO heartbeat (monitor_id, status, time) VALUES (1, 0, '2026-01-19 10:00:00'),
                (1, 1, '2026-01-19 10:01:00'), (1, 2, '2026-01-19 10:02:00'), (1, 3, '2026-01-19 10:03:00'),
                (1, '1', '2026-01-19 10:04:00'), (1, NULL, '2026-01-19 10:05:00');
            """)
        database.close()
        let kuma = try KumaDatabase(path: path)
        let beats = try kuma.beats(after: 0, from: "2026-01-01", most: 9)
        #expect(beats.map(\.status) == [.unhealthy, .healthy, .unknown, .maintenance, .unknown, .unknown])
        #expect(try kuma.beats(after: 2, from: "2026-01-01", most: 2).map(\.id) == [3, 4])
    }
}
