import Foundation
import KeepAliveKit
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

    @Test(
        arguments: [
            (#""strategy":"cron","cron":"30 3 * * *","duration":3600"#, #"{"minutes":60,"schedule":"30 3 * * *"}"#),
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
}
