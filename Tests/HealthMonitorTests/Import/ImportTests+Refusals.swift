import Foundation
import KeepAliveKit
import KeepAliveSQLite
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Entries that our own reader would refuse: the file stays valid, and each loss is named.
extension ImportTests {
    @Test func whatOurReaderRefusesIsALossAndNotAnInvalidFile() throws {
        var file = empty()
        var kuma = try KumaImport(
            backup: Array(
                #"""
                {"notificationList":[
                  {"id":1,"name":"phone\nline","active":true,"config":"{\"type\":\"ntfy\",\"ntfyserverurl\":\"ntfy.example.com\",\"ntfytopic\":\"bots\"}"},
                  {"id":2,"name":"ops","active":true,"config":"{\"type\":\"slack\",\"slackwebhookURL\":\"https://hooks.slack.com/services/x\"}"}],
                 "monitorList":[
                  {"id":1,"name":"head","type":"http","url":"http://a.example.com","method":"HEAD","body":"x"},
                  {"id":2,"name":"far","type":"port","hostname":"10.0.0.1","port":700000},
                  {"id":3,"name":"two\nlines","type":"ping","hostname":"10.0.0.1","notificationIDList":{"1":true}},
                  {"id":4,"name":"any","type":"dns","hostname":"example.com","dns_resolve_type":"ANY","description":"first\nsecond: \"x\""},
                  {"id":5,"name":"umlaut","type":"ping","hostname":"b\u00fccher.example"},
                  {"id":6,"name":"retries","type":"http","url":"http://a.example.com","maxretries":9223372036854775807,"interval":9223372036854775807},
                  {"id":7,"name":"quiet","type":"push","pushToken":"abcdefgh12","interval":9223372036854775807,"maxretries":9223372036854775807,"retryInterval":9223372036854775807},
                  {"id":8,"name":"own parent","type":"ping","hostname":"10.0.0.1","parent":9},
                  {"id":9,"name":"loop","type":"group","parent":9}]}
                """#.utf8))
        kuma.convert(into: &file)
        file.dropRefused(environment: [:])
        let configuration = try accepted(file)
        #expect(
            configuration.targets.map(\.name) == ["head", "two lines", "any", "retries", "quiet", "own parent"])
        #expect(configuration.channels.map(\.name) == ["ops"])
        #expect(configuration.targets.first { $0.name == "own parent" }?.group == "loop")
        // Its one channel is gone, so that none is left.
        #expect(configuration.targets.first { $0.name == "two lines" }?.channels == [])
        for loss in [
            "target \"head\": body: ", "target \"far\": left out: port: ", "target \"any\": record: ",
            "target \"umlaut\": left out: host: ", "channel \"phone line\": left out: url: ",
        ] {
            #expect(file.losses.contains { $0.hasPrefix(loss) }, "\(loss) in \(file.losses)")
        }
    }

    @Test func gatusWindowsAndNamesThatOurFileTakes() throws {
        var file = empty()
        var gatus = GatusImport(
            LooseObject([
                "endpoints": .array([
                    .object([
                        "name": .string("router"), "url": .string("icmp://10.0.0.1/"), "group": .string("a$B"),
                        "maintenance-windows": .array([
                            .object([
                                "start": .string("23:00"), "duration": .string("24h"),
                                "every": .array([.string("Sunday")]),
                            ])
                        ]),
                    ]),
                    .object([
                        "name": .string("names"), "url": .string("resolver.example"),
                        "dns": .object(["query-name": .string("example.com"), "query-type": .string("A")]),
                    ]),
                ]),
                "maintenance": .object(["start": .string("23:00"), "duration": .string("24h")]),
            ]))
        gatus.convert(into: &file)
        file.dropRefused(environment: [:])
        #expect(file.missingVariables == ["B"])
        #expect(file.losses.contains { $0.hasPrefix("target \"names\": server: ") }, "\(file.losses)")
        let text = file.text(from: "a\n{")
        #expect(text.contains(#"maintenance: [\#n    { from: "00:00", to: "24:00" },"#), "\(text)")
        let document = try JSONValue.readingJSON5(Array(text.utf8))
        guard case .object(let root) = document.value else { throw JSONValue.SyntaxError(description: "no object") }
        let configuration = try MonitorConfiguration(root, environment: ["B": "b"])
        let router = try #require(configuration.targets.first)
        #expect(router.group == "ab" && configuration.targets.count == 2)
        #expect(text.contains(#""days":["sun"]"#) && text.contains(#""days":["mon"]"#), "\(text)")
    }

    @Test func secretsComeBackFromTheEnvironmentFile() throws {
        let values = [
            "plain", "it's", "p$w \"x\"", "a\\b", "two\nlines", "dos\r\nlines", "# no comment", " blanks ", "'\"$\\",
        ]
        var file = empty()
        for (index, value) in values.enumerated() { _ = file.secret(value, for: "S", "\(index)") }
        let folder = try TemporaryDirectory()
        let path = folder.file("secrets.env").path
        try folder.write(file.environment, to: "secrets.env")
        let settings = Settings(environmentFile: path)
        for (index, value) in values.enumerated() { #expect(settings.value("S_\(index)") == value) }
    }

    @Test func beatsWithOtherTimesAreReadOrCounted() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY);
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, time DATETIME, ping INTEGER);
            INSERT INTO heartbeat (monitor_id, status, time) VALUES (1, 1, '2026-11-29 10:03:00.123'),
                (1, 1, '2026-11-29T10:04:00Z'), (1, 1, '2026-11-29 12:05:00+02:00'), (1, 1, 'zzz'), (1, 1, 2461374.5);
            """)
        database.close()
        let beats = try KumaDatabase(path: path).beats(after: 0, from: "2026-01-01", most: 9)
        // A number sorts before every text, so the day number is older than the first beat.
        #expect(
            beats.map(\.time) == [
                "2026-11-29T10:03:00.123000Z", "2026-11-29T10:04:00.000000Z", "2026-11-29T10:05:00.000000Z", nil,
            ])
        let intake = try HistoryIntake(path: folder.file("health.db").path)
        let counts = try intake.take(
            KumaDatabase(path: path), names: [1: "web"], from: "2026-01-01", second: 0, progress: { _ in })
        #expect(counts.taken == 3 && counts.timeless == 1)
    }

    /// Any file may call itself `kuma.db`: SQLite's columns take any value.
    @Test func oddNumbersOfAForeignDatabaseEndNothing() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY);
            CREATE TABLE heartbeat (id, monitor_id, status, time, ping);
            INSERT INTO heartbeat VALUES (1, 1, 1, '2026-11-29 10:03:00', 9e999), ('x', 1, 1, '2026-11-29 10:04:00', 1);
            CREATE TABLE stat_hourly (monitor_id, timestamp, ping, up, down, ping_min, ping_max);
            INSERT INTO stat_hourly VALUES (1, 9223372036854775807, 1, 1, 1, 1, 1),
                (1, 7200, -9e999, 9223372036854775807, 9223372036854775807, 'least', x'00'),
                (1, 10800, 2.5, 9223372036854775807, 1, 1, 1);
            """)
        database.close()
        let history = folder.file("health.db").path
        let counts = try HistoryIntake(path: history).take(
            KumaDatabase(path: path), names: [1: "web"], from: "2026-01-01", second: 0, progress: { _ in })
        #expect(counts == .init(taken: 2, hours: 3))
        let reader = HistoryReader(path: history)
        defer { reader.close() }
        #expect(
            try reader.checks(service: "web", hours: 2160, limit: 9).allSatisfy {
                $0.responseTimeMilliseconds != .infinity
            })
        let days = try reader.dailyUptime(service: "web", from: 0)
        #expect(days.first?.uptime.unhealthy == Int(1 << 32 + 1))
    }

    /// A day's sum counts the hours of its day only, and no response time where there was none.
    @Test func sumsOfDaysStandSideBySide() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY);
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, time DATETIME, ping INTEGER);
            CREATE TABLE stat_daily (monitor_id, timestamp, ping, up, down, ping_min, ping_max);
            INSERT INTO stat_daily VALUES (1, 172800, 10, 5, 1, 1, 20), (1, 86400, 0, 7, 2, NULL, NULL),
                (1, 0, NULL, 3, 0, NULL, NULL), (1, 90000, 10, 9, 9, 1, 20);
            """)
        database.close()
        let history = folder.file("health.db").path
        let counts = try HistoryIntake(path: history).take(
            KumaDatabase(path: path), names: [1: "web"], from: "2026-01-01", second: 0, progress: { _ in })
        #expect(counts == .init(hours: 3), "the last one is known in part")
        let reader = HistoryReader(path: history)
        defer { reader.close() }
        let days = try reader.dailyUptime(service: "web", from: 0)
        #expect(days.map(\.uptime.healthy) == [3, 7, 5])
        #expect(days.map(\.uptime.averageResponseMilliseconds) == [nil, nil, 10])
    }

    /// The whole file must not fail for one setting.
    @Test func aSettingThatOurReaderRefusesIsLeftOut() {
        var file = empty()
        file.settings = [
            ("connectivity", .object(["host": .string("not a host")])), ("retentionDays", .integer(7)),
        ]
        file.dropRefused(environment: [:])
        #expect(file.settings.map(\.key) == ["retentionDays"])
        #expect(file.losses.count == 1 && file.losses.first?.hasPrefix("connectivity: ") == true, "\(file.losses)")
    }
}
