import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.enabled("python3-aiosmtpd is not installed", { await MailServer.isAvailable() }))
struct EmailChannelTests {
    private static func config(
        _ server: MailServer, scheme: String = "smtp", to: String = "[\"me@example.com\", \"you@example.com\"]",
        more: String
    ) -> String {
        "{type: \"email\", url: \"\(scheme)://127.0.0.1:\(server.port)\", from: \"bot@example.org\", to: \(to), \(more)}"
    }

    @Test func aMessageArrivesThroughStartTLSWithItsHeader() async throws {
        let server = try await MailServer.start()
        let config = Self.config(
            server, more: "caFile: \"\(server.certificate)\", username: \"bot\", password: \"pass word\"")
        let event = ChannelScene.event(
            service: "Kasino Zürich", message: "no\r\n.\r\nBcc: eve@example.com", failures: 3, after: 61)
        #expect(try await ChannelScene.send(event, by: config, key: "k1") == .delivered)
        let message = try #require(try server.messages.first)
        #expect(message.encrypted)
        #expect(message.user == "bot")
        #expect(message.from == "bot@example.org")
        #expect(message.to == ["me@example.com", "you@example.com"])
        let halves = message.content.components(separatedBy: "\r\n\r\n")
        let header = halves[0].replacingOccurrences(of: "\r\n ", with: " ").components(separatedBy: "\r\n")
        #expect(
            Array(header.prefix(5)).filter { !$0.hasPrefix("Subject: ") } == [
                "From: health-monitor <bot@example.org>", "To: me@example.com, you@example.com",
                "Date: Mon, 19 Jan 2026 16:08:28 +0000", "Message-ID: <k1@example.org>",
            ])
        #expect(
            Self.decoded(header.first { $0.hasPrefix("Subject: ") }.map { String($0.dropFirst(9)) } ?? "")
                == "[critical] Kasino Zürich is failing: no  .  Bcc: eve@example.com "
                + "(since 2026-01-19 16:07:27 UTC, 1 min 1 s)")
        #expect(header.contains("Content-Type: text/plain; charset=utf-8"))
        #expect(header.contains("Content-Transfer-Encoding: base64"))
        #expect(header.contains("Auto-Submitted: auto-generated"))
        #expect(message.content.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        let body = Data(base64Encoded: halves[1], options: .ignoreUnknownCharacters) ?? Data()
        let text = String(decoding: body, as: UTF8.self)
        #expect(
            text == """
                Kasino Zürich is failing\r
                \r
                no  .  Bcc: eve@example.com\r
                Severity: critical\r
                Since: 2026-01-19 16:07:27 UTC (1 min 1 s)\r
                Failed checks: 3\r

                """)
    }

    /// Encoded words, decoded like a mail program does.
    private static func decoded(_ field: String) -> String {
        field.split(whereSeparator: \.isWhitespace).map { word in
            String(decoding: Data(base64Encoded: String(word.dropFirst(10).dropLast(2))) ?? Data(), as: UTF8.self)
        }.joined()
    }

    @Test func smtpsIsEncryptedFromTheStart() async throws {
        let server = try await MailServer.start(tls: "smtps")
        let config = Self.config(server, scheme: "smtps", more: "caFile: \"\(server.certificate)\"")
        #expect(try await ChannelScene.send(ChannelScene.event(.resolved), by: config) == .delivered)
        #expect(try server.messages.map(\.encrypted) == [true])
    }

    @Test func nothingLeavesInTheOpenUnlessAllowed() async throws {
        let server = try await MailServer.start(tls: "none")
        guard
            case .refused(let reason) = try await ChannelScene.send(
                ChannelScene.event(), by: Self.config(server, more: "tls: \"required\"")
            ).outcome
        else {
            Issue.record("it was sent without TLS")
            return
        }
        #expect(reason.contains("the mail server offers no STARTTLS"))
        #expect(reason.contains("tls: \"opportunistic\""))
        #expect(try server.messages.isEmpty)
        let open = Self.config(server, more: "tls: \"opportunistic\"")
        #expect(try await ChannelScene.send(ChannelScene.event(), by: open) == .delivered)
        #expect(try server.messages.map(\.encrypted) == [false])
    }

    @Test func aCertificateThatNobodyTrustsIsNotSpokenTo() async throws {
        let server = try await MailServer.start()
        guard
            case .failed(let reason) = try await ChannelScene.send(
                ChannelScene.event(), by: Self.config(server, more: "tls: \"required\"")
            ).outcome
        else {
            Issue.record("it was sent")
            return
        }
        #expect(reason.contains("certificate"))
        #expect(try server.messages.isEmpty)
    }

    @Test(arguments: ["250 taken", "251 forwarded", "200 ok"])
    func any2xxReplyIsSuccess(reply: String) async throws {
        let server = try await MailServer.start(tls: "none", reply: reply)
        let delivery = try await ChannelScene.send(
            ChannelScene.event(), by: Self.config(server, more: "tls: \"opportunistic\""))
        #expect(delivery == .delivered)
    }

    @Test(arguments: [("451 try later", false), ("554 no", true)])
    func aRefusalForNowIsTriedAgainAndOneForGoodIsSaid(reply: String, isRefused: Bool) async throws {
        let server = try await MailServer.start(tls: "none", reply: reply)
        let delivery = try await ChannelScene.send(
            ChannelScene.event(), by: Self.config(server, more: "tls: \"opportunistic\""))
        let reason = "the mail server answered \(reply.prefix(3))"
        #expect(delivery == (isRefused ? .refused(reason: reason) : .failed(reason: reason, retryAfter: nil)))
    }

    @Test func aWrongPasswordIsRefusedAndNotQuoted() async throws {
        let server = try await MailServer.start()
        let config = Self.config(
            server, more: "caFile: \"\(server.certificate)\", username: \"bot\", password: \"wrong\"")
        #expect(
            try await ChannelScene.send(ChannelScene.event(), by: config)
                == .refused(reason: "the mail server answered 535"))
    }

    @Test func oneAddressThatIsGoneKeepsTheMessageFromNoOther() async throws {
        let server = try await MailServer.start(tls: "none")
        let config = Self.config(
            server, to: "[\"gone@example.com\", \"me@example.com\"]", more: "tls: \"opportunistic\"")
        #expect(
            try await ChannelScene.send(ChannelScene.event(), by: config)
                == .delivered(missing: "the mail server refuses gone@example.com (550)"))
        #expect(try server.messages.map(\.to) == [["me@example.com"]])
    }

    @Test func aLongSubjectIsCutIntoWordsThatMailProgramsRead() {
        let text = String(repeating: "Zürich ", count: 30)
        let encoded = EmailMessage.encodedWords(text)
        let words = encoded.components(separatedBy: "\r\n ")
        #expect(words.count > 3)
        #expect(words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?utf-8?B?") && $0.hasSuffix("?=") })
        #expect(Self.decoded(encoded) == text)
        #expect(EmailMessage.encodedWords("casino is failing") == "casino is failing")
    }
}
