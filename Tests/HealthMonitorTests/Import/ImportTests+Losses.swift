import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Nothing is dropped without a word, and no secret stays in the file.
extension ImportTests {
    private func gatus(_ json: String) throws -> ImportedFile {
        var file = empty()
        var gatus = GatusImport(try #require(LooseObject(try JSONValue(parsing: Array(json.utf8)))))
        gatus.convert(into: &file)
        _ = try accepted(file)
        return file
    }

    private func kuma(
        monitors: String = "", notifications: String = ""
    ) throws -> (file: ImportedFile, configuration: MonitorConfiguration) {
        var file = empty()
        var kuma = try KumaImport(
            backup: Array(#"{"monitorList":[\#(monitors)],"notificationList":[\#(notifications)]}"#.utf8))
        kuma.convert(into: &file)
        return (file, try accepted(file))
    }

    private func lists(_ file: ImportedFile, _ losses: [String]) {
        for loss in losses {
            #expect(file.losses.contains { $0.contains(loss) }, "\(loss) is not in \(file.losses)")
        }
    }

    @Test func everyKeyOfGatusIsCarriedOverOrListed() throws {
        let file = try gatus(
            #"""
            {"storage":{"type":"sqlite","path":"x"},"concurrency":3,"metrics":true,
             "ui":{"title":"t","header":"Us","logo":"l","buttons":[{"name":"b"}]},
             "alerting":{"email":{"from":"a@example.com","host":"mail.example.com","to":"b@example.com","username":"u",
                "client":{"insecure":true},"default-alert":{"description":"d","enabled":true}}},
             "endpoints":[{"name":"a","url":"http://a.example.com","always-run":true,"extra-labels":{"x":"y"},
                "conditons":["[STATUS] == 200"],"alerts":[{"type":"email","minimum-reminder-interval":"1h","description":"d"}]}]}
            """#)
        lists(
            file,
            [
                "storage: ", "concurrency: ", "ui: title", "ui: logo", "ui: buttons", "alerting.email: client",
                "alerting.email: username", "default-alert: description", "\"a\": always-run", "\"a\": extra-labels",
                "\"a\": conditons", "\"a\": alerts.minimum-reminder-interval", "\"a\": alerts.description",
            ])
        #expect(!file.losses.contains { $0.hasPrefix("metrics") || $0.contains("enabled") })
    }

    @Test func noSecretOfGatusStaysInTheFile() throws {
        let file = try gatus(
            #"""
            {"endpoints":[{"name":"a","url":"https://me:hidden1@a.example.com/?token=hidden2","conditions":["[STATUS] == 200"],
                "headers":{"Authorization":"Bearer hidden3","X-Plain":"seen"}}],
             "external-endpoints":[{"name":"short","token":"abc","heartbeat":{"interval":"1h"}}]}
            """#)
        let text = file.text(from: "x")
        #expect(!text.contains("hidden") && text.contains("seen"))
        #expect(file.environment.contains("A_AUTHORIZATION='Bearer hidden3'"))
        lists(file, ["\"short\": its token of 3 characters"])
    }

    @Test func aLineBreakInAnotherMonitorsTextEndsNoComment() throws {
        var file = empty()
        file.lose("a\nb", "its address x\ry\u{2028}z\u{85}}")
        #expect(file.losses == ["ab: its address x y z }"])
        #expect(throws: Never.self) { try JSONValue.readingJSON5(Array(file.text(from: "x").utf8)) }
    }

    /// The file of secrets is read by the monitor's own reader.
    @Test func secretsOfAnyLettersAreRead() throws {
        var file = empty()
        let values = ["plain", "p$w", "it's", "a\"b'c\\d$e", "two\nlines", "two\r\n'lines'", "a\rb", " ", "#x", "é"]
        for (number, value) in values.enumerated() { _ = file.secret(value, for: "S\(number)") }
        let folder = try TemporaryDirectory()
        let path = try folder.write(file.environment, to: "secrets.env").path
        let variables = try #require(try EnvironmentFile.read(path))
        for (number, value) in values.enumerated() { #expect(variables["S\(number)"] == value) }
    }

    @Test func channelsOfGatus() throws {
        let file = try gatus(
            #"""
            {"alerting":{"opsgenie":{"api-key":"k-1234567","priority":"P2"},"ntfy":{"topic":"t-1","token":"tk_1","priority":4},
               "twilio":{"sid":"AC00000000000000000000000000000000","token":"s-1234567","from":"+15005550006","to":"+15558675310"},
               "gotify":{"server-url":"https://g.example.com","token":"g-1"},
               "pushover":{"application-token":"p-1","user-key":"u-1"}},
             "endpoints":[{"name":"a","url":"http://a.example.com"}]}
            """#)
        #expect(try accepted(file).channels.map(\.name) == ["gotify", "ntfy", "opsgenie", "pushover", "twilio"])
        lists(file, ["alerting.opsgenie: priority"])
    }

    @Test func everyKeyOfUptimeKumaIsCarriedOverOrListed() throws {
        let (file, configuration) = try kuma(
            monitors: #"""
                {"id":1,"name":"dns","type":"dns","hostname":"example.com","dns_resolve_server":"1.1.1.1, 9.9.9.9","port":5353,"dns_resolve_type":"A"},
                {"id":2,"name":"far","type":"ping","hostname":"192.0.2.1","packetSize":1000,"ipFamily":"ipv6"},
                {"id":3,"name":"job","type":"push","pushToken":"abc"},
                {"id":4,"name":"usual","type":"http","url":"http://a.example.com","packetSize":56,"httpBodyEncoding":"json","dns_resolve_server":"1.1.1.1","weight":2000},
                {"id":5,"name":"usual","type":"http","url":"http://a.example.com","body":"<a/>","method":"POST","httpBodyEncoding":"xml","newKey":7},
                {"id":6,"name":"one","type":"json-query","url":"http://a.example.com","jsonPath":"a","expectedValue":"1"}
                """#,
            notifications: #"""
                {"id":1,"name":"mail","config":"{\"type\":\"smtp\",\"smtpHost\":\"m.example.com\",\"smtpFrom\":\"a@example.com\",\"smtpTo\":\"b@example.com\",\"smtpCC\":\"C <c@example.com>\",\"smtpBCC\":\"d@example.com\",\"smtpIgnoreTLSError\":true,\"customSubject\":\"x\",\"smtpUsername\":\"u\"}"},
                {"id":2,"name":"guild","config":"{\"type\":\"discord\",\"discordWebhookUrl\":\"https://discord.com/api/webhooks/1/x\",\"discordUsername\":\"Kuma\",\"discordPrefixMessage\":\"<@123456789012345678>\"}"},
                {"id":3,"name":"genie","config":"{\"type\":\"Opsgenie\",\"opsgenieApiKey\":\"k-1234567\",\"opsgenieRegion\":\"eu\"}"},
                {"id":4,"name":"sms","config":"{\"type\":\"twilio\",\"twilioAccountSID\":\"AC00000000000000000000000000000000\",\"twilioAuthToken\":\"t-1234567\",\"twilioToNumber\":\"+15558675310\",\"twilioFromNumber\":\"+15005550006\"}"},
                {"id":5,"name":"phone","config":"{\"type\":\"ntfy\",\"ntfyserverurl\":\"https://ntfy.sh\",\"ntfytopic\":\"t-1\",\"ntfyPriority\":5}"}
                """#)
        let text = file.text(from: "x")
        #expect(text.contains(#"server: "1.1.1.1:5353""#) && text.contains("text/xml"))
        #expect(text.contains(#""c@example.com""#) && text.contains(#"mention: "123456789012345678""#))
        #expect(configuration.channels.map(\.name) == ["mail", "guild", "genie", "sms", "phone"])
        lists(
            file,
            [
                "\"dns\": its name server 9.9.9.9", "\"far\": packetSize", "\"far\": ipFamily",
                "\"job\": its token of 3 characters", "the name \"usual\"", "newKey: unknown to this import",
                "\"one\": comparing as text", "\"mail\": smtpBCC", "\"mail\": smtpIgnoreTLSError",
                "\"mail\": customSubject", "\"mail\": smtpUsername", "\"guild\": discordUsername",
            ])
        #expect(!file.losses.contains { $0.contains("\"usual\": ") && !$0.contains("newKey") && !$0.contains("name") })
    }

    /// What is read and changed is listed too: clamped, rounded, replaced.
    @Test func whatIsChangedIsListed() throws {
        let (file, configuration) = try kuma(
            monitors: #"""
                {"id":1,"name":"Shop","type":"group","description":"ours","notificationIDList":{"1":true}},
                {"id":2,"name":"Off","type":"group","active":false},
                {"id":3,"name":"slow","type":"ping","hostname":"192.0.2.1","parent":1,"interval":999999,"maxretries":500,"timeout":900,"ping_count":100},
                {"id":4,"name":"inner","type":"port","hostname":"192.0.2.1","port":22,"parent":2},
                {"id":5,"name":"far","type":"http","url":"http://a.example.com","maxredirects":9223372036854775807},
                {"id":6,"name":"job","type":"push","pushToken":"abcdefgh12","interval":60,"maxretries":9223372036854775807,"retryInterval":9223372036854775807},
                {"id":7,"name":"usual","type":"http","url":"http://a.example.com","interval":86400,"timeout":0,"maxretries":99}
                """#,
            notifications: #"""
                {"id":1,"name":"genie","config":"{\"type\":\"opsgenie\",\"opsgenieApiKey\":\"k-1234567\",\"opsgenieRegion\":\"mars\"}"},
                {"id":2,"name":"mail","config":"{\"type\":\"smtp\",\"smtpHost\":\"m.example.com\",\"smtpFrom\":\"Kuma <a@example.com>\",\"smtpTo\":\"b@example.com\"}"}
                """#)
        #expect(configuration.targets.map(\.name) == ["slow", "far", "job", "usual"])
        lists(
            file,
            [
                "group \"Shop\": its notification genie", "group \"Shop\": its description",
                "group \"Off\": it is paused",
                "\"slow\": its interval in seconds of 999999: 86400", "\"slow\": its number of retries of 500: 99",
                "\"slow\": its timeout in seconds of 900: 300", "\"slow\": its number of pings of 100: 20",
                "\"inner\": it is paused with its group Off", "\"far\": its number of redirects",
                "\"job\": its silence in seconds", "\"job\": its number of retries", "\"genie\": its region mars",
                "\"mail\": the names in",
            ])
        #expect(!file.losses.contains { $0.contains("usual") }, "\(file.losses)")
        let gatus = try gatus(
            #"""
            {"ui":{"title":"\#(String(repeating: "t", count: 81))"},
             "announcements":[{"message":"\#(String(repeating: "m", count: 501))"}],
             "alerting":{"slack":{"webhook-url":"https://s.example.com/x","default-alert":{"send-on-resolved":false}}},
             "endpoints":[{"name":"a","url":"http://a.example.com","interval":"48h","client":{"timeout":"1h"},
                "conditions":["[CERTIFICATE_EXPIRATION] > 36h"],
                "alerts":[{"type":"slack","failure-threshold":500,"send-on-resolved":false},{"type":"slack","failure-threshold":2}]},
               {"name":"b","url":"http://b.example.com","interval":"1 day","conditions":["[STATUS] < 100","[CERTIFICATE_EXPIRATION] > 48h"]}],
             "external-endpoints":[{"name":"x","token":"abcdefgh1","heartbeat":{"interval":"0.5s","grace":"1m"}}],
             "maintenance":{"start":"23:00","duration":"90s"}}
            """#)
        lists(
            gatus,
            [
                "ui.title: 81 characters", "announcement \"mmmm", "default-alert: send-on-resolved",
                "\"a\": its interval in seconds of 172800: 86400", "\"a\": its timeout in seconds of 3600: 300",
                "\"a\": [CERTIFICATE_EXPIRATION] > 36h: it counts whole days", "\"a\": without a condition on [STATUS]",
                "\"a\": alerts.send-on-resolved", "\"a\": the failure-thresholds of its alerts differ",
                "\"a\": its failure-threshold of 500: 100", "\"b\": its interval \"1 day\" is not understood",
                "\"b\": the condition [STATUS] < 100", "\"x\": its heartbeat interval in seconds of 0.5: 1",
                "\"x\": heartbeat.grace", "maintenance: the seconds of its duration",
            ])
        #expect(!gatus.losses.contains { $0.contains("48h") })
    }

    /// A window's seconds and unknown days.
    @Test func whatIsChangedOfAWindowIsListed() throws {
        let rows = [
            (#""strategy":"cron","cron":"30 3 * * *","duration":90"#, "the seconds of 90 s"),
            (
                #""strategy":"recurring-interval","interval_day":1,"start_time":"23:00:30","end_time":"01:00:00""#,
                "the seconds of 23:00:30"
            ),
            (
                #""strategy":"single","start_date":"2030-07-01 22:00:00","end_date":"2030-07-02 02:00:59""#,
                "the seconds of 2030-07-02 02:00:59"
            ),
            (
                #""strategy":"single","start_date":"2030-07-01 22:00:00","end_date":"2030-07-01 22:00:00""#,
                "its dates are not understood"
            ),
            (
                #""strategy":"recurring-weekday","weekdays":"[1,9]","start_time":"03:00","end_time":"04:00""#,
                "its days are not understood"
            ),
            (#""strategy":"cron","cron":"30 3 * * *","duration_minutes":40321"#, "its duration is not understood"),
            (#""active":0,"strategy":"cron","cron":"30 3 * * *","duration":3600"#, "it is switched off"),
            (
                #""strategy":"single","start_date":"2030-07-01 24:00:00","end_date":"2030-07-02 02:00:00""#,
                "its dates are not understood"
            ),
            (
                #""strategy":"single","start_date":"2030-07-01 23:60:00","end_date":"2030-07-02 02:00:00""#,
                "its dates are not understood"
            ),
        ]
        for (row, loss) in rows {
            var file = empty()
            file.targets = [[("name", "a"), ("type", "http"), ("url", "http://a.example.com")]]
            let object = try #require(LooseObject(try JSONValue(parsing: Array(#"{"title":"w",\#(row)}"#.utf8))))
            KumaMaintenance(row: object, serverZone: nil).place(on: ["a"], in: &file)
            #expect(file.losses.count == 1 && file.losses.first?.contains(loss) == true, "\(file.losses)")
        }
    }

    @Test(
        arguments: [
            (#""strategy":"cron","cron":"30 3 * * *","duration":3600"#, #"{"minutes":60,"schedule":"30 3 * * *"}"#),
            (
                #""strategy":"cron","cron":"30 3 1 * *","duration_minutes":40320"#,
                #"{"minutes":40320,"schedule":"30 3 1 * *"}"#
            ),
            (
                #""strategy":"recurring-interval","interval_day":1,"start_time":"23:00:00","end_time":"01:00:00""#,
                #"{"from":"23:00","to":"01:00"}"#
            ),
            (
                #""strategy":"recurring-weekday","weekdays":"[0,6]","start_time":"03:00","end_time":"04:00""#,
                #"{"days":["sun","sat"],"from":"03:00","to":"04:00"}"#
            ),
            (
                #""strategy":"recurring-day-of-month","days_of_month":"[1,15]","start_time":"03:30","end_time":"04:00""#,
                #"{"minutes":30,"schedule":"30 3 1,15 * *"}"#
            ),
            (
                #""strategy":"single","start_date":"2030-07-01 22:00:00","end_date":"2030-07-02 02:00:00","timezone":"Etc/UTC""#,
                #"{"from":"2030-07-01T22:00:00Z","to":"2030-07-02T02:00:00Z"}"#
            ),
        ])
    func windowsOfUptimeKuma(row: String, window: String) throws {
        var file = empty()
        file.targets = [[("name", "a"), ("type", "http"), ("url", "http://a.example.com")]]
        let object = try #require(LooseObject(try JSONValue(parsing: Array(#"{"title":"w",\#(row)}"#.utf8))))
        KumaMaintenance(row: object, serverZone: nil).place(on: ["a"], in: &file)
        #expect(file.losses == [])
        #expect(file.text(from: "x").contains("maintenance: [\(window)]"), "\(file.text(from: "x"))")
        #expect(try accepted(file).targets.first?.maintenance.count == 1)
    }

    /// The database may name the server's time zone; a backup does not.
    @Test(arguments: ["Europe/Berlin", nil]) func windowsInTheServersZone(zone: String?) throws {
        var file = empty()
        file.targets = [[("name", "a"), ("type", "http"), ("url", "http://a.example.com")]]
        let object = LooseObject([
            "strategy": "recurring-interval", "interval_day": 1, "start_time": "23:00", "end_time": "01:00",
            "timezone": "SAME_AS_SERVER",
        ])
        KumaMaintenance(row: object, serverZone: zone).place(on: ["a"], in: &file)
        #expect(file.losses.count == (zone == nil ? 1 : 0), "\(file.losses)")
        let window = file.targets.first?.first { $0.key == "maintenance" }?.value.elements?.first
        #expect(window?["from"] == "23:00" && window?["timeZone"]?.text == zone)
    }
}
