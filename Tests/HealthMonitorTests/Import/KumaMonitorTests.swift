import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Single monitors of Uptime Kuma as targets.
struct KumaMonitorTests {
    private func file(_ row: String) throws -> ImportedFile {
        try file(monitors: #"{"id":1,"name":"a",\#(row)}"#)
    }

    private func file(monitors: String, notifications: String = "") throws -> ImportedFile {
        var file = ImportedFile(targetTypes: Set(probeTypes.map { $0.type }))
        var kuma = try KumaImport(
            backup: Array(#"{"monitorList":[\#(monitors)],"notificationList":[\#(notifications)]}"#.utf8))
        kuma.convert(into: &file)
        return file
    }

    private func value(_ key: String, of row: String) throws -> JSONValue? {
        let target = try #require(try file(row).targets.first)
        return target.first { $0.key == key }?.value
    }

    /// Without a port it is asked at the usual one; an IPv6 address with a port needs brackets.
    @Test(arguments: [
        (#""dns_resolve_server":"1.1.1.1""#, "1.1.1.1"), (#""dns_resolve_server":"1.1.1.1","port":53"#, "1.1.1.1"),
        (#""dns_resolve_server":"1.1.1.1","port":5353"#, "1.1.1.1:5353"),
        (#""dns_resolve_server":"2606:4700::1111""#, "2606:4700::1111"),
        (#""dns_resolve_server":"2606:4700::1111","port":5353"#, "[2606:4700::1111]:5353"),
    ])
    func aNameServerWithItsPort(row: String, server: String) throws {
        #expect(try value("server", of: #""type":"dns","hostname":"example.com",\#(row)"#) == .string(server))
    }

    @Test func theSilenceOfAJobIncludesItsRetries() throws {
        let row = #""type":"push","pushToken":"abcdefgh","interval":3600,"maxretries":2,"retryInterval":60"#
        #expect(try value("maxSilence", of: row)?.double == 3720)
    }

    /// Eight characters are just enough.
    @Test(arguments: [("abcdefgh", 1), ("abcdefg", 0)]) func aTokenIsLongEnough(token: String, count: Int) throws {
        #expect(try file(#""type":"push","pushToken":"\#(token)""#).targets.count == count)
    }

    @Test(
        arguments: [("", nil), (#","expiryNotification":true"#, nil), (#","expiryNotification":false"#, 0)]
            as [(String, Int?)])
    func aCertificateThatNobodyHearsOf(more: String, days: Int?) throws {
        let found = try value("certificateDays", of: #""type":"http","url":"https://a.example.com"\#(more)"#)
        #expect(found?.integer == days)
    }

    /// 0 is Uptime Kuma's own default: nothing is lost.
    @Test(arguments: [(0, false), (1, true)]) func resendingIsListed(beats: Int, isListed: Bool) throws {
        let file = try file(#""type":"http","url":"http://a.example.com","resendInterval":\#(beats)"#)
        #expect(file.losses.contains { $0.contains("resending") } == isListed, "\(file.losses)")
    }

    @Test func thePlaceOfADatabase() throws {
        let place = "postgres://m%40e:pw@db.example.com:5433/my%20shop"
        let row = #""type":"postgres","databaseConnectionString":"\#(place)""#
        let target = try #require(try file(row).targets.first)
        func value(_ key: String) -> JSONValue? { target.first { $0.key == key }?.value }
        #expect(value("host") == "db.example.com" && value("port") == 5433)
        #expect(value("user") == "m@e" && value("database") == "my shop" && value("password") == nil)
    }

    /// A sign that means something in an address stands there as a percent and its number.
    @Test func thePasswordOfAnAddress() throws {
        let file = try file(#""type":"redis","databaseConnectionString":"redis://:p%40ss@cache.example.com""#)
        #expect(file.secrets.map(\.value) == ["p@ss"])
        let target = try #require(file.targets.first)
        #expect(target.map(\.key).filter { ["port", "user"].contains($0) } == [])
    }

    @Test(arguments: [(1, 1), (20, 20), (0, 1), (21, 20)]) func soManyPings(count: Int, own: Int) throws {
        let row = #""type":"ping","hostname":"192.0.2.1","ping_count":\#(count)"#
        #expect(try value("count", of: row)?.integer == own)
    }

    /// The outermost group comes first; a tag counts only without one.
    @Test func groupsWithinGroups() throws {
        let file = try file(
            monitors: #"""
                {"id":1,"name":"outer","type":"group"}, {"id":2,"name":"inner","type":"group","parent":1},
                {"id":3,"name":"a","type":"port","hostname":"h","port":22,"parent":2,"tags":[{"name":"t"}]},
                {"id":4,"name":"b","type":"port","hostname":"h","port":23,"tags":[{"name":"t"}]}
                """#)
        let groups = file.targets.map { target in target.first { $0.key == "group" }?.value.text }
        #expect(groups == ["outer / inner", "t"])
        #expect(file.losses == ["monitor \"a\": its tags t: a target has one group"])
    }

    @Test func channelsThatAreOnHaveNamesOfTheirOwn() throws {
        func notification(_ id: Int, _ more: String = "") -> String {
            #"{"id":\#(id),"name":"ops","config":"{\"type\":\"slack\",\"slackwebhookURL\":\"https://s.example/x\"}"\#(more)}"#
        }
        let rows = [notification(1), notification(2, #","active":false"#), notification(3, #","active":true"#)]
        let file = try file(
            monitors: #"""
                {"id":1,"name":"a","type":"port","hostname":"h","port":22,"notificationIDList":{"2":true,"3":true}},
                {"id":2,"name":"b","type":"port","hostname":"h","port":22,"notificationIDList":{"1":true,"3":true}},
                {"id":3,"name":"c","type":"port","hostname":"h","port":22,"notificationIDList":{"1":false}}
                """#, notifications: rows.joined(separator: ","))
        let names = file.channels.map { channel in channel.first { $0.key == "name" }?.value.text }
        #expect(names == ["ops", "ops (2)"])
        let chosen = file.targets.map { target in target.first { $0.key == "channels" }?.value }
        // Without a list every channel is told.
        let expected: [JSONValue?] = [.array(["ops (2)"]), nil, .array([])]
        #expect(chosen == expected)
        #expect(
            file.losses == [
                "notification \"ops\": it is switched off",
                "notification \"ops\": another one has its name, so it is \"ops (2)\"",
            ])
    }

    /// A retry after the usual interval loses nothing, and without retries its interval means nothing.
    @Test(arguments: [(20, 2, true), (60, 2, false), (0, 2, false), (20, 0, false)])
    func retriesAtAnotherPace(seconds: Int, count: Int, isListed: Bool) throws {
        let retries = #""maxretries":\#(count),"retryInterval":\#(seconds)"#
        let file = try file(#""type":"http","url":"http://a.example.com",\#(retries)"#)
        #expect(file.losses.contains { $0.contains("its retry interval") } == isListed, "\(file.losses)")
    }

    @Test(arguments: [(0, false), (1, true)]) func theRetriesOfAJobAreListed(count: Int, isListed: Bool) throws {
        let file = try file(#""type":"push","pushToken":"abcdefgh","maxretries":\#(count)"#)
        #expect(file.losses.contains { $0.contains("its number of retries") } == isListed, "\(file.losses)")
    }

    /// A field of its own comes before the kind that is chosen for the body.
    @Test(
        arguments: [
            ("", "Content-Type", "application/json"),
            (#","httpBodyEncoding":"form""#, "Content-Type", "application/x-www-form-urlencoded"),
            (#","headers":"{\"content-type\":\"text/plain\"}""#, "content-type", "text/plain"),
        ])
    func theKindOfABody(more: String, name: String, kind: String) throws {
        let row = #""type":"http","url":"http://a.example.com","method":"POST","body":"x"\#(more)"#
        #expect(try value("headers", of: row) == .object([name: .string(kind)]))
    }

    /// An empty text has none; what is no text, or no object, is listed.
    @Test(
        arguments: [
            (#""""#, [:], 0), (#""null""#, [:], 0), (#""{\"X-Own\":\"$1\"}""#, ["X-Own": "$$1"], 0),
            (#"{"X-Own":"1"}"#, ["X-Own": "1"], 0), (#""{\"X-Own\":\"1\",\"X-Count\":5}""#, ["X-Own": "1"], 1),
            (#""X-Own: 1""#, [:], 1), (#""[5]""#, [:], 1),
        ] as [(String, [String: JSONValue], Int)])
    func theFieldsOfARequest(headers: String, fields: [String: JSONValue], losses: Int) throws {
        let file = try file(#""type":"http","url":"http://a.example.com","headers":\#(headers)"#)
        let target = try #require(file.targets.first)
        let expected: JSONValue? = fields.isEmpty ? nil : .object(fields)
        #expect(target.first { $0.key == "headers" }?.value == expected)
        #expect(file.losses.count == losses, "\(file.losses)")
    }

    /// Both programs send GET without a word.
    @Test(arguments: [("GET", nil), ("POST", "POST")] as [(String, String?)])
    func theMethodOfARequest(method: String, own: String?) throws {
        let row = #""type":"http","url":"http://a.example.com","method":"\#(method)""#
        #expect(try value("method", of: row)?.text == own)
    }

    @Test(arguments: ["a.b", "$.a.b"]) func aPathWithItsSignAndWithout(path: String) throws {
        let row = #""type":"json-query","url":"http://a.example.com","jsonPath":"\#(path)","expectedValue":"x""#
        #expect(try value("jsonPath", of: row) == "$$.a.b")
        #expect(try value("equals", of: row) == "x")
    }

    @Test func anotherLoginIsListed() throws {
        let login = #""authMethod":"ntlm","basic_auth_user":"u","basic_auth_pass":"p""#
        let file = try file(#""type":"http","url":"http://a.example.com",\#(login)"#)
        #expect(file.losses.contains { $0.contains("its authentication by ntlm") }, "\(file.losses)")
        #expect(file.secrets.isEmpty && file.targets.first?.contains { $0.key == "headers" } == false)
    }

    /// Our page has no room for more.
    @Test(arguments: [(80, 0), (81, 1)]) func theTitleOfThePage(length: Int, losses: Int) {
        var kuma = KumaImport()
        kuma.pages = [LooseObject(["title": .string(String(repeating: "t", count: length))])]
        var file = ImportedFile(targetTypes: [])
        kuma.convert(into: &file)
        let own = file.settings.first { $0.key == "page" }?.value["title"]
        #expect(own?.text == String(repeating: "t", count: 80))
        #expect(file.losses.count == losses, "\(file.losses)")
    }

    /// The page shows such a text as an announcement; one that is over says nothing more.
    @Test func incidentsThatAreShownAreListed() {
        var kuma = KumaImport()
        kuma.incidents = [
            LooseObject(["title": "a"]), LooseObject(["title": "b", "active": 1]),
            LooseObject(["title": "c", "active": 0]),
        ]
        var file = ImportedFile(targetTypes: [])
        kuma.convert(into: &file)
        #expect(file.losses.map { String($0.prefix(12)) } == [#"incident "a""#, #"incident "b""#])
    }
}
