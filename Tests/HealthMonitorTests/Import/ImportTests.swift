import Foundation
import KeepAliveKit
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Other monitors' files as ours: each result is a configuration that this version accepts.
struct ImportTests {
    func empty() -> ImportedFile {
        ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
    }

    /// Reads the written text as the monitor does.
    func accepted(_ file: ImportedFile) throws -> MonitorConfiguration {
        let document = try JSONValue.readingJSON5(Array(file.text(from: "a test").utf8))
        guard case .object(let root) = document.value else { throw JSONValue.SyntaxError(description: "no object") }
        let secrets = Dictionary(file.secrets.map { ($0.name, $0.value) }) { first, _ in first }
        do throws(ConfigurationFailure) {
            return try MonitorConfiguration(root, repeatedKeys: document.repeatedKeys, environment: secrets)
        } catch {
            Issue.record("\(error.findings)")
            throw error
        }
    }

    private static let backup = #"""
        {"version":"1.23.11","notificationList":[
          {"id":1,"name":"ops","active":true,"config":"{\"type\":\"telegram\",\"telegramBotToken\":\"123:secret\",\"telegramChatID\":\"-100\"}"},
          {"id":2,"name":"mail","active":true,"config":"{\"type\":\"smtp\",\"smtpHost\":\"mail.example.com\",\"smtpPort\":587,\"smtpSecure\":false,\"smtpUsername\":\"u\",\"smtpPassword\":\"p$w\",\"smtpFrom\":\"Kuma <kuma@example.com>\",\"smtpTo\":\"a@example.com, b@example.com\"}"},
          {"id":3,"name":"phone","active":true,"config":"{\"type\":\"pushy\"}"}],
         "proxyList":[{"id":1}],
         "monitorList":[
          {"id":1,"name":"Web","type":"group","active":true},
          {"id":2,"name":"Shop $1","type":"keyword","parent":1,"url":"https://shop.example.com/","method":"POST","body":"{\"a\":\"$b\"}","keyword":"open","interval":30,"maxretries":2,"retryInterval":20,"accepted_statuscodes":["200-299","301"],"maxredirects":3,"expiryNotification":false,"ignoreTls":true,"basic_auth_user":"me","basic_auth_pass":"pw","headers":"{\"X-Plain\":\"1\",\"X-Api-Key\":\"k\"}","notificationIDList":{"1":true},"tags":[{"name":"prod"},{"name":"eu"}],"timeout":48},
          {"id":3,"name":"absent","type":"keyword","url":"http://a.example.com","keyword":"error","invertKeyword":true,"interval":60},
          {"id":4,"name":"json","type":"json-query","url":"http://a.example.com","jsonPath":"data.state","expectedValue":"7","interval":60,"tags":[{"name":"api"}]},
          {"id":5,"name":"odd json","type":"json-query","url":"http://a.example.com","jsonPath":"$count(items) > 3","expectedValue":"true"},
          {"id":6,"name":"ssh","type":"port","hostname":"10.0.0.1","port":22,"interval":60},
          {"id":7,"name":"backup","type":"push","pushToken":"abcdefgh12","interval":3600,"maxretries":2,"retryInterval":60},
          {"id":8,"name":"bot","type":"docker","docker_container":"bot"},
          {"id":9,"name":"db","type":"postgres","databaseConnectionString":"postgres://u:p@db.example.com:5433/shop","databaseQuery":"SELECT 1"},
          {"id":10,"name":"cache","type":"redis","databaseConnectionString":"redis://:pw2@cache.example.com:6380"},
          {"id":11,"name":"broker","type":"mqtt","hostname":"x"}, {"id":12,"name":"game","type":"steam"},
          {"id":13,"name":"down is up","type":"http","url":"http://b.example.com","upsideDown":true},
          {"id":14,"name":"paused","type":"http","url":"http://b.example.com","active":false},
          {"id":15,"name":"ssh","type":"port","hostname":"10.0.0.2","port":22}]}
        """#

    @Test func aBackupOfUptimeKuma() throws {
        var file = empty()
        var kuma = try KumaImport(backup: Array(Self.backup.utf8))
        kuma.convert(into: &file)
        let configuration = try accepted(file)
        #expect(
            configuration.targets.map(\.name) == [
                "Shop $1", "absent", "json", "odd json", "ssh", "backup", "bot", "db", "cache", "ssh (2)",
            ])
        let shop = try #require(configuration.targets.first)
        #expect(shop.group == "Web")
        #expect(shop.interval == .seconds(30) && shop.timeout == .seconds(48))
        #expect(shop.rules.failureThreshold == 3 && shop.channels == ["ops"])
        let text = file.text(from: "x")
        #expect(
            text.contains(#""expectStatus": ["200-299","301"]"#) || text.contains(#"expectStatus: ["200-299",301]"#))
        #expect(text.contains(#"expectBody: "open""#) && !text.contains(#"expectBody: "error""#))
        #expect(text.contains(#"jsonPath: "$$.data.state", equals: 7"#))
        #expect(configuration.targets.first { $0.name == "json" }?.group == "api")
        #expect(configuration.channels.map(\.name) == ["ops", "mail"])
        #expect(file.secrets.contains { $0.name == "SHOP_1_AUTHORIZATION" && $0.value == "Basic bWU6cHc=" })
        for secret in ["123:secret", "p$w", "abcdefgh12", "pw2", "bWU6cHc="] {
            #expect(!text.contains(secret), "\(secret)")
        }
        for loss in [
            "absent\": its inverted keyword", "odd json\": its JSON query", "broker\": there is no MQTT probe",
            "game\": there is no probe of game servers", "down is up\": upside down mode", "paused\": it is paused",
            "phone\": there is no channel of type", "proxies: checks connect", "Shop $1\": its tags prod, eu",
            "Shop $1\": ignoring TLS errors", "Shop $1\": its retry interval of 20 s", "db\": its login and query",
        ] { #expect(file.losses.contains { $0.contains(loss) }, "\(loss)") }
        #expect(file.environment.contains("MAIL_PASSWORD='p$w'\n"))
    }

    @Test func noBackupIsSaid() {
        #expect(throws: JSONValue.SyntaxError.self) { try KumaImport(backup: Array("{}".utf8)) }
        #expect(throws: JSONValue.SyntaxError.self) { try KumaImport(backup: Array("nonsense".utf8)) }
    }

    /// A database with the tables and columns of Uptime Kuma that matter here.
    private func kuma(in folder: TemporaryDirectory) throws -> String {
        let path = folder.file("kuma.db").path
        let database = try Database(path: path)
        try database.execute(
            """
            CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN DEFAULT 1, interval INTEGER, url TEXT,
                type TEXT, hostname TEXT, port INTEGER, maxretries INTEGER DEFAULT 0, accepted_statuscodes_json TEXT,
                push_token TEXT, docker_container TEXT, docker_host INTEGER, upside_down BOOLEAN DEFAULT 0, parent INTEGER);
            CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, important BOOLEAN, monitor_id INTEGER, status SMALLINT, msg TEXT,
                time DATETIME, ping INTEGER, duration INTEGER);
            CREATE TABLE notification (id INTEGER PRIMARY KEY, name TEXT, config TEXT, active BOOLEAN, is_default BOOLEAN);
            CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER, notification_id INTEGER);
            CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
            CREATE TABLE "group" (id INTEGER PRIMARY KEY, name TEXT, public BOOLEAN);
            CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER, group_id INTEGER);
            CREATE TABLE docker_host (id INTEGER PRIMARY KEY, docker_daemon TEXT, docker_type TEXT, name TEXT);
            CREATE TABLE maintenance (id INTEGER PRIMARY KEY, title TEXT, active BOOLEAN, strategy TEXT, start_date DATETIME,
                end_date DATETIME, start_time TIME, end_time TIME, weekdays TEXT, interval_day INTEGER, timezone TEXT);
            CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER, maintenance_id INTEGER);
            CREATE TABLE stat_daily (id INTEGER PRIMARY KEY, monitor_id INTEGER, timestamp INTEGER, ping REAL, up INTEGER,
                down INTEGER, ping_min REAL, ping_max REAL);
            INSERT INTO monitor (id, name, interval, url, type, accepted_statuscodes_json, parent)
                VALUES (1, 'Web', 60, NULL, 'group', '[]', NULL), (2, 'shop', 60, 'https://shop.example.com', 'http', '["200-299"]', 1);
            INSERT INTO monitor (id, name, interval, type, docker_container, docker_host)
                VALUES (3, 'bot', 60, 'docker', 'bot', 1), (4, 'far', 60, 'docker', 'far', 2);
            INSERT INTO docker_host VALUES (1, '/run/podman.sock', 'socket', 'a'), (2, 'http://far:2375', 'tcp', 'b');
            INSERT INTO "group" VALUES (1, 'Public', 1), (2, 'Hidden', 0);
            INSERT INTO monitor_group VALUES (1, 2, 1), (2, 3, 2);
            INSERT INTO tag VALUES (1, 'prod');
            INSERT INTO monitor_tag VALUES (1, 3, 1, NULL);
            CREATE TABLE proxy (id INTEGER PRIMARY KEY);
            INSERT INTO proxy VALUES (1);
            CREATE TABLE incident (id INTEGER PRIMARY KEY, title TEXT, active BOOLEAN);
            INSERT INTO incident VALUES (1, 'Outage', 1), (2, 'Over', 0);
            CREATE TABLE setting (id INTEGER PRIMARY KEY, "key" TEXT, value TEXT);
            INSERT INTO setting VALUES (1, 'other', '"x"'), (2, 'serverTimezone', '"Europe/Berlin"');
            INSERT INTO notification VALUES (1, 'chat', '{"type":"slack","slackwebhookURL":"https://hooks.slack.com/services/x"}', 1, 1);
            INSERT INTO monitor_notification VALUES (1, 2, 1);
            INSERT INTO maintenance VALUES
                (1, 'weekly', 1, 'recurring-weekday', NULL, NULL, '03:00:00', '03:30:00', '[0,6]', NULL, 'UTC'),
                (2, 'once', 1, 'single', '2030-07-01 22:00:00', '2030-07-02 02:00:00', NULL, NULL, '[]', NULL, 'Europe/Berlin'),
                (3, 'by hand', 1, 'manual', NULL, NULL, NULL, NULL, '[]', NULL, 'UTC');
            CREATE TABLE status_page (id INTEGER PRIMARY KEY, slug TEXT, title TEXT, description TEXT, icon TEXT, theme TEXT, published BOOLEAN);
            INSERT INTO status_page VALUES (1, 'us', 'Our $tate', 'About us', '/icon.svg', 'auto', 1);
            INSERT INTO monitor_maintenance VALUES (1, 2, 1), (2, 2, 2), (3, 2, 3);
            """)
        try database.transaction {
            for index in 0..<12_000 {
                try database.run(
                    "INSERT INTO heartbeat (monitor_id, status, ping, time) VALUES (?, ?, ?, datetime('now', ? || ' minutes') || '.123')",
                    .integer(index % 3 == 2 ? 4 : 2), .integer(index % 100 == 0 ? 0 : index % 101 == 0 ? 2 : 1),
                    .integer(20),
                    .text("-\(12_000 - index)"))
            }
            try database.run(
                "INSERT INTO heartbeat (monitor_id, status, time) VALUES (2, 1, '2001-01-01 00:00:00.000')")
            try database.run(
                "INSERT INTO stat_daily (monitor_id, timestamp, ping, up, down, ping_min, ping_max) VALUES (2, strftime('%s', 'now', '-40 days', 'start of day'), 12.5, 1430, 10, 3, 99)"
            )
        }
        return path
    }

    @Test func aDatabaseOfUptimeKumaWithItsHistory() throws {
        let folder = try TemporaryDirectory()
        let source = try KumaDatabase(path: try kuma(in: folder))
        var file = empty()
        var kuma = try KumaImport(source)
        kuma.convert(into: &file)
        let configuration = try accepted(file)
        #expect(configuration.targets.map(\.name) == ["shop", "bot"])
        #expect(configuration.targets.map(\.isPublic) == [true, false])
        #expect(configuration.targets.map(\.group) == ["Web", "prod"])
        #expect(configuration.targets.first?.maintenance.count == 2)
        #expect(file.text(from: "x").contains(#"{"from":"2030-07-01T20:00:00Z","to":"2030-07-02T00:00:00Z"}"#))
        #expect(configuration[PageSettings.self].title == "Our $tate")
        for loss in ["Our $tate\": description", "proxies: ", "incident \"Outage\""] {
            #expect(file.losses.contains { $0.contains(loss) }, "\(loss)")
        }
        #expect(!file.losses.contains { $0.contains("Over") })
        #expect(kuma.serverZone == "Europe/Berlin")
        #expect(file.text(from: "x").contains(#"socket: "/run/podman.sock""#))
        #expect(
            file.losses.contains { $0.contains("by hand") } && file.losses.contains { $0.contains("http://far:2375") })

        let path = folder.file("health.db").path
        var shown: [Int] = []
        let counts = try HistoryIntake(path: path).take(
            source, names: kuma.names, from: "2002-01-01 00:00:00", second: 1
        ) { shown.append($0) }
        #expect(counts == .init(taken: 8000, known: 0, foreign: 4000, hours: 1))
        #expect(shown == [5000, 10_000, 12_000])
        let again = try HistoryIntake(path: path).take(
            source, names: kuma.names, from: "2002-01-01 00:00:00", second: 1
        ) { _ in }
        #expect(again == .init(taken: 0, known: 8000, foreign: 4000, hours: 0), "a second run adds nothing")
        let reader = HistoryReader(path: path)
        let uptime = try reader.uptime(service: "shop", hours: 2160)
        #expect(uptime.total == 8000 + 1440)
        #expect(uptime.unhealthy == 80 + 10)
        #expect(uptime.unknown > 0)
        reader.close()
    }

    @Test func anotherDatabaseIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("other.db").path
        try Database(path: path).execute("CREATE TABLE other (id INTEGER)")
        #expect(throws: KumaDatabase.Failure.self) { try KumaDatabase(path: path) }
        // What is not ours is not written to.
        #expect(throws: KeepAliveError.self) { _ = try HistoryIntake(path: path) }
    }

    private static let gatus = #"""
        {"storage":{"type":"sqlite"},"security":{"basic":{}},"remote":{"instances":[{"url":"x"}]},
         "alerting":{"slack":{"webhook-url":"${SLACK_WEBHOOK_URL}","default-alert":{"failure-threshold":5,"success-threshold":3}},
           "telegram":{"token":"123:abc","id":"-5"},"gitlab":{"webhook-url":"x"}},
         "connectivity":{"checker":{"target":"1.1.1.1:53","interval":"60s"}},
         "ui":{"title":"Status of us","link":"https://example.com"},
         "announcements":[{"message":"move","type":"outage","timestamp":"2026-01-01T00:00:00Z"}],
         "maintenance":{"start":"23:30","duration":"1h","every":["Monday","Thursday"]},
         "external-endpoints":[{"name":"nightly","group":"jobs","token":"tok-1234","heartbeat":{"interval":"25h"}}],
         "endpoints":[
          {"name":"shop","group":"web","url":"https://shop.example.com/health","interval":"30s","method":"POST","body":"x",
           "headers":{"Authorization":"Bearer ${SHOP_KEY}"},"client":{"timeout":"8s","insecure":true,"ignore-redirect":true},
           "alerts":[{"type":"slack"},{"type":"telegram","failure-threshold":2}],
           "conditions":["[STATUS] == 200","[BODY].data[0].state == ok","[BODY] == pat(*ready*)","[RESPONSE_TIME] < 300","[CERTIFICATE_EXPIRATION] > 48h","[BODY].user.name == pat(john*)","len([BODY].items) > 3","[DOMAIN_EXPIRATION] > 720h"]},
          {"name":"shop","group":"other","url":"http://b.example.com","conditions":["[STATUS] < 500","[CONNECTED] == true"]},
          {"name":"port","url":"tcp://10.0.0.2:22","conditions":["[CONNECTED] == true"],"alerts":[{"type":"gitlab"}]},
          {"name":"shell","url":"ssh://example.com","conditions":["[CONNECTED] == true"]},
          {"name":"off","enabled":false,"url":"http://b.example.com","conditions":["[STATUS] == 200"]}]}
        """#

    @Test func aFileOfGatus() throws {
        let root = try #require(LooseObject(try JSONValue(parsing: Array(Self.gatus.utf8))))
        var file = empty()
        var gatus = GatusImport(root)
        gatus.convert(into: &file)
        let text = file.text(from: "x")
        let document = try JSONValue.readingJSON5(Array(text.utf8))
        guard case .object(let object) = document.value else { return }
        var variables = Dictionary(file.secrets.map { ($0.name, $0.value) }) { first, _ in first }
        variables["SLACK_WEBHOOK_URL"] = "https://hooks.slack.com/services/x"
        variables["SHOP_KEY"] = "k"
        let configuration = try MonitorConfiguration(object, environment: variables)
        #expect(configuration.targets.map(\.name) == ["shop", "other / shop", "port", "nightly"])
        let shop = try #require(configuration.targets.first)
        #expect(shop.interval == .seconds(30) && shop.timeout == .seconds(8))
        #expect(shop.rules.failureThreshold == 5 && shop.rules.recoveryThreshold == 3)
        #expect(shop.channels == ["slack", "telegram"])
        #expect(configuration[PageSettings.self].title == "Status of us")
        #expect(configuration[PageSettings.self].announcements.map(\.level) == [.critical])
        for words in [
            "expectStatus: [200]", #"jsonPath: "$$.data[0].state", equals: "ok""#, #"expectBody: "ready""#,
            "maxResponseTime: 0.3", "certificateDays: 2", "followRedirects: false", #"expectStatus: ["100-499"]"#,
            "maxSilence: 90000", #"to: "00:30""#, #"webhook"#,
        ] where words != "webhook" { #expect(text.contains(words), "\(words)") }
        #expect(!text.contains("tok-1234") && !text.contains("123:abc"))
        for loss in [
            "[BODY].user.name == pat(john*)", "len([BODY].items) > 3", "[DOMAIN_EXPIRATION] > 720h", "client.insecure",
            "\"shell\": there is no probe for ssh", "\"off\": it is switched off", "alerting.gitlab",
            "its alert to gitlab",
            "remote: this section", "security: this section",
        ] { #expect(file.losses.contains { $0.contains(loss) }, "\(loss)") }
    }

    @Test(
        arguments: [("1h30m", 5400), ("500ms", 0.5), ("60s", 60), ("", nil), ("5", nil), ("1d", nil)]
            as [(String, Double?)])
    func durationsOfGo(text: String, seconds: Double?) { #expect(GatusEndpoint.seconds(text) == seconds) }

    @Test func theBarSaysHowFarItIs() {
        #expect(ProgressBar.line(50, of: 200, "checks", isTerminal: false) == "25 % (50 of 200 checks)")
        #expect(
            ProgressBar.line(200, of: 200, "checks", isTerminal: true).hasPrefix(
                "[##############################] 100 %"))
        #expect(ProgressBar.line(0, of: 0, "checks", isTerminal: false) == "100 % (0 of 0 checks)")
        #expect(ProgressBar.line(9, of: 3, "checks", isTerminal: false) == "100 % (9 of 3 checks)")
    }

    /// A file of the output must not hold what rewrites a line.
    @Test func withoutATerminalThereIsNoBar() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            var bar = ProgressBar(of: 2, what: "checks")
            bar.show(2)
            bar.finish()
        }
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("100 % (2 of 2 checks)\n") && !errors.contains("\r"), "\(errors)")
    }

    /// A bar moves with each percent; a log has a line for each tenth.
    @Test(arguments: [
        (-1, 0, true, false), (0, 0, false, false), (0, 1, true, false), (0, 9, true, false), (-1, 10, true, true),
        (10, 19, true, false), (19, 20, true, true), (41, 83, true, true), (99, 100, true, true),
        (100, 100, false, false), (-1, 100, true, true),
    ])
    func whenALineOfProgressIsDue(shown: Int, percent: Int, ofABar: Bool, ofALog: Bool) {
        #expect(ProgressBar.isDue(percent, after: shown, isTerminal: true) == ofABar)
        #expect(ProgressBar.isDue(percent, after: shown, isTerminal: false) == ofALog)
    }
}
