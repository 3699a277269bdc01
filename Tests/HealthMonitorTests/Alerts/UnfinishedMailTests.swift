import KeepAliveCurl
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// A message that the server takes for some of its recipients.
@Suite(.timeLimit(.minutes(1)))
struct UnfinishedMailTests {
    /// A server that greylists `grey@` once and has a full mailbox `full@`; it logs whom each message went to.
    private func server(_ mails: EventLog<[String]>) throws -> ScriptedServer {
        let isKnown = EventLog<String>()
        return try ScriptedServer { (connection: ScriptedServer.Peer) in
            connection.send("220 test\r\n")
            var taken: [String] = []
            while let line = Self.line(of: connection) {
                switch line.prefix(4) {
                case "RCPT" where line.contains("full@") || (line.contains("grey@") && isKnown.count == 0):
                    if line.contains("grey@") { isKnown.append(line) }
                    connection.send("451 later\r\n")
                case "RCPT" where line.contains("gone@"): connection.send("550 nobody\r\n")
                case "RCPT":
                    taken.append(String(line.dropFirst("RCPT TO:<".count).prefix { $0 != "@" }))
                    connection.send("250 well\r\n")
                case "DATA":
                    connection.send("354 go on\r\n")
                    while let line = Self.line(of: connection), line != "." {}
                    mails.append(taken)
                    connection.send("250 taken\r\n")
                case "QUIT": connection.send("221 bye\r\n")
                default: connection.send("250 well\r\n")
                }
            }
        }
    }

    private static func line(of peer: ScriptedServer.Peer) -> String? {
        var bytes: [UInt8] = []
        while let more = peer.receive(upTo: 1) {
            if more == [UInt8(ascii: "\n")] { return String(decoding: bytes.dropLast(), as: UTF8.self) }
            bytes += more
        }
        return nil
    }

    private func channel(_ port: UInt16, _ to: [String]) throws -> EmailChannel {
        let made = try ChannelScene.channel(
            "{type: \"email\", url: \"smtp://127.0.0.1:\(port)\", from: \"a@x.example\", tls: \"opportunistic\", to: ["
                + to.map { "\"\($0)@x.example\"" }.joined(separator: ", ") + "]}")
        return try #require(made.channel as? EmailChannel, "\(made.findings)")
    }

    /// The next attempt goes to those who are missing, and to nobody twice.
    @Test func aGreylistedRecipientIsTriedAgain() async throws {
        let mails = EventLog<[String]>()
        let server = try server(mails)
        let channel = try channel(server.port, ["ok", "grey", "gone"])
        let client = HTTPClient()
        let event = ChannelScene.event()
        let first = await channel.send(event, key: "k", with: client)
        let words = "the mail server refuses gone@x.example (550), grey@x.example (451)"
        #expect(first == .unfinished(missing: "\(words); the other recipients have the message"))
        #expect(!first.isDelivered)
        let other = await channel.send(event, key: "other", with: client)
        #expect(other == .delivered(missing: "the mail server refuses gone@x.example (550)"))
        let second = await channel.send(event, key: "k", with: client)
        #expect(second == .delivered(missing: "the mail server refuses gone@x.example (550)"))
        #expect(mails.elements == [["ok"], ["ok", "grey"], ["grey"]])
        // Nothing is left of it: another one with this key would be new.
        _ = await channel.send(event, key: "k", with: client)
        #expect(mails.elements.last == ["ok", "grey"])
        await client.shutDown()
    }

    /// A full mailbox must not hold up the others' next events.
    @Test func aRecipientIsGivenUpAfterAWhile() async throws {
        let mails = EventLog<[String]>()
        let server = try server(mails)
        let channel = try channel(server.port, ["ok", "full"])
        let client = HTTPClient()
        let start = MonotonicTime.now()
        #expect(await !channel.send(ChannelScene.event(), key: "k", with: client).isDelivered)
        let mail = MailMessage(
            url: "smtp://127.0.0.1:\(server.port)", sender: "a@x.example", recipients: ["full@x.example"],
            content: [], encryption: .opportunistic)
        let reply = try await client.send(mail)
        #expect(reply.code == 451)
        let early = channel.delivery(after: reply, of: "k", at: start)
        #expect(!early.isDelivered && early.missing != nil)
        let late = channel.delivery(
            after: reply, of: "k", at: MonotonicTime.now().advanced(by: EmailChannel.patience))
        #expect(late == .delivered(missing: "the mail server refuses full@x.example (451)"))
        #expect(mails.elements == [["ok"]])
        await client.shutDown()
    }

    /// The channel works, so other events keep their pace.
    @Test func unfinishedMailsDoNotSlowDownTheOthers() {
        var outbox = Outbox()
        var random = SystemRandomNumberGenerator()
        let now = MonotonicTime.now()
        for index in 0..<5 {
            let event = ChannelScene.event(service: "s\(index)")
            let entry = Outbox.Entry(key: "\(index)", channel: "mail", event: event, dueAt: now)
            _ = outbox.add([entry])
            _ = outbox.note(.unfinished(missing: "x"), for: entry, at: now, using: &random)
        }
        let event = ChannelScene.event(service: "other")
        let entry = Outbox.Entry(key: "other", channel: "mail", event: event, dueAt: now)
        _ = outbox.add([entry])
        #expect(outbox.next(for: "mail", at: now) == .send(entry))
    }

    /// Its last moment is over.
    @Test func patienceCountsFromTheFirstAttempt() async throws {
        let server = try server(EventLog<[String]>())
        let channel = try channel(server.port, ["ok", "full"])
        let client = HTTPClient()
        let mail = MailMessage(
            url: "smtp://127.0.0.1:\(server.port)", sender: "a@x.example",
            recipients: ["ok@x.example", "full@x.example"], content: Array("x\r\n".utf8), encryption: .opportunistic)
        let reply = try await client.send(mail)
        #expect(reply.code == 250 && reply.refusals.map(\.code) == [451])
        let start = MonotonicTime.now()
        let end = start.advanced(by: EmailChannel.patience)
        #expect(!channel.delivery(after: reply, of: "k", at: start).isDelivered)
        #expect(!channel.delivery(after: reply, of: "k", at: end.advanced(by: .milliseconds(-1))).isDelivered)
        #expect(
            channel.delivery(after: reply, of: "k", at: end)
                == .delivered(missing: "the mail server refuses full@x.example (451)"))
        await client.shutDown()
    }
}
