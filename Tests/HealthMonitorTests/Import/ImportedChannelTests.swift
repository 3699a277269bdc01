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
}
