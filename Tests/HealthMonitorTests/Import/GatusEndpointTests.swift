import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Single endpoints of Gatus as targets.
struct GatusEndpointTests {
    private func file(_ members: String) throws -> ImportedFile {
        var file = ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
        let root = try JSONValue(parsing: Array("{\(members)}".utf8))
        var gatus = GatusImport(try #require(LooseObject(root)))
        gatus.convert(into: &file)
        return file
    }

    private func targets(_ endpoints: String) throws -> [ImportedFile.Entry] {
        try file(#""endpoints":[\#(endpoints)]"#).targets
    }

    private func value(_ key: String, of target: ImportedFile.Entry) -> JSONValue? {
        target.first { $0.key == key }?.value
    }

    @Test(
        arguments: [
            ("[RESPONSE_TIME] < 1", "maxResponseTime", 0.001), ("[RESPONSE_TIME] <= 300000", "maxResponseTime", 300),
            ("[CERTIFICATE_EXPIRATION] > 87600h", "certificateDays", 3650),
        ] as [(String, String, Double)])
    func theLastThatOurFileTakes(condition: String, key: String, number: Double) throws {
        let keys = try #require(GatusEndpoint.keys(for: condition))
        #expect(keys.count == 1 && value(key, of: keys)?.double == number)
    }

    @Test(arguments: [
        "[RESPONSE_TIME] < 0", "[RESPONSE_TIME] < 300001", "[CERTIFICATE_EXPIRATION] > 87601h", "[STATUS] < 100",
    ])
    func whatOurFileDoesNotTake(condition: String) {
        #expect(GatusEndpoint.keys(for: condition)?.count == nil)
    }

    @Test func aPortWithTLSAndWithout() throws {
        let found = try targets(
            #"{"name":"a","url":"tls://mail.example.com:465"},{"name":"b","url":"tcp://[::1]:22"}"#)
        let hosts = found.map { value("host", of: $0)?.text }
        #expect(hosts == ["mail.example.com", "::1"])
        let flags = found.map { value("tls", of: $0)?.flag }
        let expected: [Bool?] = [true, nil]
        #expect(flags == expected)
    }

    /// A condition on the body of a name server's answer names an address that must be in it.
    @Test func whatANameServerHasToAnswer() throws {
        let found = try targets(
            #"""
            {"name":"a","url":"192.0.2.53","dns":{"query-name":"example.com","query-type":"A"},
             "conditions":["[BODY] == 192.0.2.1","[DNS_RCODE] == NOERROR"]},
            {"name":"b","url":"192.0.2.53","dns":{"query-name":"example.com","query-type":"A"}}
            """#)
        let answers = found.map { value("expect", of: $0) }
        let expected: [JSONValue?] = [.array([.string("192.0.2.1")]), nil]
        #expect(answers == expected)
    }

    /// Everybody sees the endpoints of Gatus, unless it has a login.
    @Test(arguments: [("", true), (#""security":{"basic":{}},"#, false)])
    func strangersSeeWhatTheySaw(security: String, isPublic: Bool) throws {
        let file = try file(#"\#(security)"endpoints":[{"name":"a","url":"http://a.example.com"}]"#)
        let target = try #require(file.targets.first)
        #expect((value("public", of: target)?.flag ?? false) == isPublic)
    }

    /// The defaults of Gatus are others than ours.
    @Test func whatAnEndpointDoesNotSay() throws {
        let target = try #require(try targets(#"{"name":"a","url":"http://a.example.com"}"#).first)
        let numbers = ["interval", "failureThreshold", "recoveryThreshold", "retries"].map {
            value($0, of: target)?.double
        }
        #expect(numbers == [60, 3, 2, 0])
        #expect(value("channels", of: target) == .array([]))
    }

    /// A provider's default alert switches off what does not say otherwise.
    @Test(
        arguments: [
            ("", "", true), ("", #","enabled":false"#, false), (#""enabled":true"#, "", true),
            (#""enabled":false"#, "", false), (#""enabled":false"#, #","enabled":true"#, true),
            (#""enabled":true"#, #","enabled":false"#, false), (#""failure-threshold":4"#, "", true),
        ])
    func alertsThatAreSwitchedOff(usual: String, own: String, isOn: Bool) throws {
        let slack = #""slack":{"webhook-url":"https://hooks.example.com/x","default-alert":{\#(usual)}}"#
        let file = try file(
            #"""
            "alerting":{\#(slack)},
            "endpoints":[{"name":"a","url":"http://a.example.com","alerts":[{"type":"slack"\#(own)}]}]
            """#)
        let target = try #require(file.targets.first)
        #expect(value("channels", of: target) == .array(isOn ? ["slack"] : []))
        let isSaid = file.losses.contains("endpoint \"a\": its alert to slack is switched off")
        #expect(isSaid == !isOn, "\(file.losses)")
    }

    @Test(arguments: [(0, 1), (1, 1), (100, 100), (101, 100)])
    func thresholdsThatOurFileTakes(threshold: Int, own: Int) throws {
        let alert = #"{"type":"slack","failure-threshold":\#(threshold)}"#
        let file = try file(
            #"""
            "alerting":{"slack":{"webhook-url":"https://hooks.example.com/x"}},
            "endpoints":[{"name":"a","url":"http://a.example.com","alerts":[\#(alert)]}]
            """#)
        let target = try #require(file.targets.first)
        #expect(value("failureThreshold", of: target)?.integer == own)
    }

    /// A window of ours has a minute at least, and a day at most.
    @Test(arguments: [("1m", 1), ("59s", 0), ("24h", 1), ("24h1s", 0)])
    func windowsThatOurFileTakes(duration: String, count: Int) throws {
        let file = try file(#""maintenance":{"start":"23:00","duration":"\#(duration)"}"#)
        #expect(file.maintenance.count == count && file.losses.count == 1 - count, "\(file.losses)")
    }

    /// A job may call at any time: without a heartbeat nothing is known of its next call.
    @Test func aJobWithoutAHeartbeat() throws {
        let file = try file(#""external-endpoints":[{"name":"a","token":"abcdefgh"}]"#)
        let target = try #require(file.targets.first)
        #expect(value("maxSilence", of: target)?.double == 31_536_000)
        let loss = "endpoint \"a\": without a heartbeat interval it may be silent for a year (maxSilence)"
        #expect(file.losses == [loss])
    }

    @Test(
        arguments: [
            ("1.1.1.1:53", .object(["host": "1.1.1.1", "port": 53])), ("1.1.1.1", nil), ("[::1]:53", nil),
        ] as [(String, JSONValue?)])
    func howTheNetworkIsTried(target: String, expected: JSONValue?) throws {
        let file = try file(#""connectivity":{"checker":{"target":"\#(target)"}}"#)
        #expect(value("connectivity", of: file.settings) == expected)
        #expect(file.losses.isEmpty == (expected != nil))
    }

    @Test func thePageAndItsNews() throws {
        let shown = try file(
            #"""
            "ui":{"header":"Us","link":"https://example.com"},
            "announcements":[{"message":"a","type":"outage"},{"message":"b","type":"warning"},{"message":"c"}]
            """#)
        let news: [JSONValue] = zip(["a", "b", "c"], ["critical", "warning", "info"]).map {
            .object(["text": .string($0), "level": .string($1)])
        }
        let page = JSONValue.object(["title": "Us", "link": "https://example.com", "announcements": .array(news)])
        #expect(value("page", of: shown.settings) == page)
        #expect(shown.losses == [])
        let hidden = try file(
            #""ui":{"link":"/other"},"announcements":[{"message":"a","archived":true},{"message":"b"}]"#)
        let own = value("page", of: hidden.settings)
        #expect(own?["link"] == nil && own?["announcements"]?.elements?.count == 1)
        #expect(hidden.losses.contains("announcements: 1 text, archived or empty"), "\(hidden.losses)")
    }

    @Test(
        arguments: [("", nil), (#","timezone":"UTC""#, nil), (#","timezone":"Europe/Berlin""#, "Europe/Berlin")]
            as [(String, String?)])
    func aWindowHasItsZone(more: String, zone: String?) throws {
        let file = try file(#""maintenance":{"start":"23:00","duration":"1h"\#(more)}"#)
        let window = try #require(file.maintenance.first)
        #expect(value("timeZone", of: window)?.text == zone)
        #expect(value("from", of: window) == "23:00" && value("to", of: window) == "00:00")
    }

    @Test(arguments: [("00:00", 1), ("09:09", 1), ("10:10", 1), ("23:59", 1), ("24:00", 0), ("23:60", 0)])
    func aWindowBeginsWithinItsDay(start: String, count: Int) throws {
        let file = try file(#""maintenance":{"start":"\#(start)","duration":"1h"}"#)
        #expect(file.maintenance.count == count && file.losses.count == 1 - count, "\(file.losses)")
        #expect(file.maintenance.allSatisfy { value("from", of: $0) == .string(start) })
    }

    @Test func aWindowThatIsOffIsNone() throws {
        let file = try file(#""maintenance":{"enabled":false,"start":"23:00","duration":"1h"}"#)
        #expect(file.maintenance.isEmpty)
        #expect(file.losses == ["maintenance: it is switched off"])
    }
}
