import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Single notifications of other monitors as channels.
struct ImportedChannelTests {
    private func row(_ members: String) throws -> LooseObject {
        try #require(LooseObject(try JSONValue(parsing: Array("{\(members)}".utf8))))
    }

    private func text(_ key: String, of entry: ImportedFile.Entry) -> String? {
        entry.first { $0.key == key }?.value.text
    }

    /// Without a login a mail server may lack TLS; with one the password must not leave without it.
    @Test(
        arguments: [
            (#""smtpSecure":true"#, "smtps://m.example.com:465", nil),
            (#""smtpSecure":false"#, "smtp://m.example.com:587", "opportunistic"),
            (#""smtpSecure":false,"smtpPort":25"#, "smtp://m.example.com:25", "opportunistic"),
            (#""smtpUsername":"u","smtpPassword":"p""#, "smtp://m.example.com:587", nil),
        ] as [(String, String, String?)])
    func mailOfUptimeKuma(members: String, url: String, tls: String?) throws {
        let settings = try row(
            #""smtpHost":"m.example.com","smtpFrom":"a@example.com","smtpTo":"b@example.com",\#(members)"#)
        var file = ImportedFile(targetTypes: [])
        let channel = KumaChannel(name: "mail", type: "smtp", settings: settings)
        let made = channel.entry(in: &file)
        let entry = try #require(made)
        #expect(text("url", of: entry) == url)
        #expect(text("tls", of: entry) == tls)
    }

    @Test(arguments: [
        (#""port":465"#, "smtps://m.example.com:465"), (#""port":25"#, "smtp://m.example.com:25"),
        (#""password":"p""#, "smtp://m.example.com:587"),
    ])
    func mailOfGatus(members: String, url: String) throws {
        let row = try row(#""host":"m.example.com","from":"a@example.com","to":"b@example.com",\#(members)"#)
        var file = ImportedFile(targetTypes: [])
        let made = GatusChannel(type: "email", row: row).entry(in: &file)
        let entry = try #require(made)
        #expect(text("url", of: entry) == url)
    }

    @Test(arguments: ["https://g.example.com", "https://g.example.com/"])
    func aServersLastSlashIsNotDoubled(server: String) {
        let entry = ImportedChannel.gotify(server: server, token: "t", priority: 5)
        #expect(text("url", of: entry) == "https://g.example.com/message")
    }

    @Test(arguments: [("", "a@example.com"), (#","username":"u""#, "u")])
    func theLoginOfGatusMail(more: String, user: String) throws {
        let row = try row(
            #""host":"m.example.com","from":"a@example.com","to":"b@example.com","password":"p"\#(more)"#)
        var file = ImportedFile(targetTypes: [])
        let made = GatusChannel(type: "email", row: row).entry(in: &file)
        #expect(text("username", of: try #require(made)) == user)
        #expect(file.secrets.map(\.value) == ["p"])
    }

    private func kuma(_ type: String, _ members: String, in file: inout ImportedFile) throws -> ImportedFile.Entry {
        let channel = KumaChannel(name: "c", type: type, settings: try row(members))
        let made = channel.entry(in: &file)
        return try #require(made)
    }

    @Test(arguments: [("", "us", 0), (#","opsgenieRegion":"eu""#, "eu", 0), (#","opsgenieRegion":"mars""#, "us", 1)])
    func theRegionOfOpsgenie(more: String, region: String, losses: Int) throws {
        var file = ImportedFile(targetTypes: [])
        let entry = try kuma("opsgenie", #""opsgenieApiKey":"k"\#(more)"#, in: &file)
        #expect(text("region", of: entry) == region)
        #expect(file.losses.count == losses)
    }

    /// A dollar sign of Uptime Kuma names no variable.
    @Test(
        arguments: [
            ("ntfy", #""ntfyserverurl":"https://n/$a","ntfytopic":"$b""#, "https://n/$$a/$$b"),
            ("gotify", #""gotifyserverurl":"https://g/$a","gotifyapplicationtoken":"t""#, "https://g/$$a/message"),
        ])
    func aDollarSignStaysOne(type: String, members: String, url: String) throws {
        var file = ImportedFile(targetTypes: [])
        let entry = try kuma(type, members, in: &file)
        #expect(text("url", of: entry) == url)
    }

    /// The chosen method counts; without a choice a token comes before a name and password. Half of a login is none.
    /// What is not sent is listed.
    @Test(
        arguments: [
            (everyLogin, "Bearer tk", 2), (everyLogin + #","ntfyAuthenticationMethod":"accessToken""#, "Bearer tk", 2),
            (everyLogin + #","ntfyAuthenticationMethod":"usernamePassword""#, "Basic dTpw", 1),
            (everyLogin + #","ntfyAuthenticationMethod":"none""#, nil, 3),
            (#","ntfyusername":"u","ntfypassword":"p""#, "Basic dTpw", 0), (#","ntfyusername":"u""#, nil, 1),
            ("", nil, 0),
        ] as [(String, String?, Int)])
    func theLoginOfNtfy(more: String, login: String?, losses: Int) throws {
        var file = ImportedFile(targetTypes: [])
        let entry = try kuma("ntfy", #""ntfytopic":"t"\#(more)"#, in: &file)
        #expect(text("url", of: entry) == "https://ntfy.sh/t")
        #expect(file.secrets.first?.value == login)
        let headers = entry.first { $0.key == "template" }?.value["headers"]
        #expect((headers?["Authorization"] != nil) == (login != nil))
        #expect(headers?["Priority"] == "high")
        #expect(file.losses.count == losses, "\(file.losses)")
    }

    private static let everyLogin = #","ntfyaccesstoken":"tk","ntfyusername":"u","ntfypassword":"p""#

    /// What the program sends without a choice is no loss.
    @Test(arguments: [
        ("webhook", #""webhookURL":"https://h.example.com/x","webhookContentType":"json""#, 0),
        ("webhook", #""webhookURL":"https://h.example.com/x","webhookContentType":"form-data""#, 1),
        ("pushover", #""pushoverapptoken":"t","pushoveruserkey":"u","pushoverpriority":"0""#, 0),
        ("pushover", #""pushoverapptoken":"t","pushoveruserkey":"u","pushoverpriority":"1""#, 1),
        ("pushover", #""pushoverapptoken":"t","pushoveruserkey":"u","pushoverpriority":1"#, 1),
    ])
    func whatIsChosenIsListed(type: String, members: String, losses: Int) throws {
        var file = ImportedFile(targetTypes: [])
        _ = try kuma(type, members, in: &file)
        #expect(file.losses.count == losses, "\(file.losses)")
    }

    @Test(arguments: ["slack", "ntfy", "pushover"]) func aChannelWithoutItsAddressIsListed(type: String) throws {
        var file = ImportedFile(targetTypes: [])
        let made = KumaChannel(name: "c", type: type, settings: try row("")).entry(in: &file)
        #expect(made?.count == nil)
        #expect(file.losses == ["notification \"c\": its settings are incomplete"])
    }

    @Test(
        arguments: [
            ("", nil), (#","telegramServerUrl":"https://api.telegram.org""#, nil),
            (#","telegramServerUrl":"https://bots.example.com""#, "https://bots.example.com"),
        ] as [(String, String?)])
    func theServerOfTelegram(more: String, url: String?) throws {
        var file = ImportedFile(targetTypes: [])
        let entry = try kuma("telegram", #""telegramBotToken":"1:a","telegramChatID":"-5"\#(more)"#, in: &file)
        #expect(text("apiUrl", of: entry) == url && text("chatId", of: entry) == "-5")
        #expect(file.losses == [])
    }

    /// What each program sends without a choice.
    @Test(arguments: [("", 8, 5), (#","gotifyPriority":3,"priority":3"#, 3, 3)])
    func thePriorityOfGotify(more: String, kuma: Int, gatus: Int) throws {
        func priority(_ entry: ImportedFile.Entry) -> Int? {
            entry.first { $0.key == "template" }?.value["body"]?["priority"]?.integer
        }
        var file = ImportedFile(targetTypes: [])
        let members = #""gotifyserverurl":"https://g","gotifyapplicationtoken":"t"\#(more)"#
        let first = try self.kuma("gotify", members, in: &file)
        #expect(priority(first) == kuma)
        let row = try row(#""server-url":"https://g","token":"t"\#(more)"#)
        let made = GatusChannel(type: "gotify", row: row).entry(in: &file)
        let second = try #require(made)
        #expect(priority(second) == gatus)
    }

    /// With a key of the API the token is that key's secret.
    @Test(arguments: [("", ["authToken"]), (#","twilioApiKey":"SK1""#, ["apiKey", "apiSecret"])])
    func theLoginOfTwilio(more: String, keys: [String]) throws {
        var file = ImportedFile(targetTypes: [])
        let members =
            #""twilioAccountSID":"AC1","twilioAuthToken":"tok","twilioFromNumber":"+15005550006","twilioToNumber":"+15558675310""#
        let entry = try kuma("twilio", members + more, in: &file)
        #expect(entry.map(\.key).filter { $0.hasPrefix("a") && $0 != "accountSid" } == keys)
        #expect(file.secrets.map(\.value) == (keys.count == 1 ? ["tok"] : ["SK1", "tok"]))
    }
}
