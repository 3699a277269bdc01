import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MailTests {
    private let seen = EventLog<String>()

    private func server(_ verdict: String) throws -> RawServer { try RawServer.mail(verdict, noting: seen) }

    private func mail(to server: RawServer, _ recipients: [String] = ["gone@x.example", "b@x.example"]) -> MailMessage {
        MailMessage(
            url: "smtp://127.0.0.1:\(server.port)", sender: "a@x.example", recipients: recipients,
            content: Array("Subject: s\r\n\r\n.dot\r\n".utf8), encryption: .opportunistic)
    }

    @Test(arguments: [
        ("smtp", "connected, but no answer came within 2 s"),
        ("smtps", "connected, but the TLS handshake did not end within 2 s"),
    ])
    func aServerThatSaysNothing(scheme: String, reason: String) async throws {
        let server = try RawServer { $0.waitForHangUp() }
        var mail = mail(to: server)
        mail.url = "\(scheme)://127.0.0.1:\(server.port)"
        mail.timeout = .seconds(2)
        let message = mail
        let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(message) }
        #expect(error?.kind == .timedOut)
        #expect(error?.reason == reason)
    }

    @Test(arguments: ["250 taken", "251 taken elsewhere", "452 full", "554 no"])
    func theServersVerdictIsTheOutcome(verdict: String) async throws {
        let server = try server(verdict)
        let client = HTTPClient()
        let reply = try await client.send(mail(to: server))
        #expect(verdict.hasPrefix("\(reply.code) "))
        #expect(reply.refusals.map(\.recipient) == ["gone@x.example"] && reply.refusals.map(\.code) == [550])
        await client.shutDown()
        let lines = seen.elements.filter { !["EHLO", "QUIT"].contains($0.prefix(4)) }
        #expect(
            lines.map { $0.split(separator: " SIZE=").first ?? "" } == [
                "MAIL FROM:<a@x.example>", "RCPT TO:<gone@x.example>", "RCPT TO:<b@x.example>", "DATA", "Subject: s",
                "",
                "..dot",
            ])
    }

    /// The replies of several lines before and between do not shift them.
    @Test func eachRecipientHasItsReply() async throws {
        let server = try RawServer { connection in
            connection.send("220-a long\r\n220 greeting\r\n")
            while let line = connection.readLine() {
                switch line.prefix(4) {
                case "EHLO": connection.send("250-test\r\n250-8BITMIME\r\n250 SIZE\r\n")
                case "DATA":
                    connection.send("354 go on\r\n")
                    while let line = connection.readLine(), line != "." {}
                    connection.send("250 354 bytes\r\n")
                case "QUIT": connection.send("221 bye\r\n")
                case "RCPT" where line.contains("grey@"): connection.send("451-4.7.1 greylisted\r\n451 later\r\n")
                case "RCPT" where line.contains("gone@"): connection.send("550\r\n")
                default: connection.send("250 well\r\n")
                }
            }
        }
        let client = HTTPClient()
        let reply = try await client.send(
            mail(to: server, ["a@x.example", "grey@x.example", "b@x.example", "gone@x.example"]))
        await client.shutDown()
        #expect(reply.code == 250)
        #expect(reply.refusals.map { "\($0.recipient) \($0.code)" } == ["grey@x.example 451", "gone@x.example 550"])
    }

    /// A server that never answers QUIT, and without a verdict never answers a whole message either.
    private func silentServer(_ verdict: String?, asked: Event, hungUp: Event) throws -> RawServer {
        try RawServer { connection in
            connection.send("220 test\r\n")
            while let line = connection.readLine(), line != "QUIT" {
                connection.send(line == "DATA" ? "354 go on\r\n" : "250 well\r\n")
                guard line == "DATA" else { continue }
                while let line = connection.readLine(), line != "." {}
                guard let verdict else { break }
                connection.send("\(verdict)\r\n")
            }
            asked.fire()
            connection.waitForHangUp()
            hungUp.fire()
        }
    }

    /// libcurl blocks the thread while it waits for that answer.
    @Test(arguments: ["250 taken", "251 taken elsewhere", "554 no"])
    func aServerThatNeverAnswersQUITHoldsUpNothing(verdict: String) async throws {
        let hungUp = Event()
        let server = try silentServer(verdict, asked: Event(), hungUp: hungUp)
        let client = HTTPClient()
        let reply = try await client.send(mail(to: server, ["b@x.example"]))
        #expect(verdict.hasPrefix("\(reply.code) "))
        await hungUp.wait()
        await client.shutDown()
    }

    /// libcurl blocks the thread also while it waits for the reply to a whole message.
    @Test(arguments: [true, false]) func nothingElseWaitsForAMailServer(isCancelled: Bool) async throws {
        let (asked, hungUp) = (Event(), Event())
        let silent = try silentServer(nil, asked: asked, hungUp: hungUp)
        let client = HTTPClient()
        var mail = mail(to: silent)
        mail.timeout = .seconds(3600)
        let message = mail
        let task = Task { try await client.send(message) }
        await asked.wait()
        let web = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try await client.send(HTTPClientRequest(url: web.url())).status == 204)
        let other = try server("250 taken")
        let second = self.mail(to: other)
        #expect(try await client.send(second).code == 250)
        if isCancelled {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        } else {
            client.close()
            let error = await #expect(throws: HTTPClientError.self) { try await task.value }
            #expect(error?.kind == .closed)
        }
        await hungUp.wait()
        await client.shutDown()
    }

    /// Anybody on the way can add bytes before TLS begins; libcurl then gives up, and the last reply is a 220.
    @Test func aReplyBeforeTheMessageIsNoDelivery() async throws {
        let server = try RawServer { connection in
            connection.send("220 test\r\n")
            while let line = connection.readLine() {
                let isGreeting = line.hasPrefix("EHLO")
                connection.send(isGreeting ? "250-test\r\n250 STARTTLS\r\n" : "220 go on\r\n354 go on\r\n250 taken\r\n")
            }
        }
        let mail = mail(to: server)
        let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(mail) }
        #expect(error?.reason == "the answer is not valid SMTP")
    }

    /// A kept connection may be dead when the next message leaves.
    @Test func eachMessageHasItsOwnConnection() async throws {
        let server = try server("250 taken")
        let client = HTTPClient()
        for _ in 0..<2 { #expect(try await client.send(mail(to: server, ["b@x.example"])).code == 250) }
        await client.shutDown()
        #expect(server.connections == 2)
    }

    /// With a name and a password, before anything of the message leaves.
    @Test(arguments: ["user", nil] as [String?]) func whoHasAUserLogsIn(user: String?) async throws {
        let server = try server("250 taken")
        var mail = mail(to: server, ["b@x.example"])
        (mail.username, mail.password) = (user, user.map { _ in "word" })
        #expect(try await HTTPClient().send(mail).code == 250)
        let lines = seen.elements
        // Both, each behind a NUL, as Base64 (RFC 4616).
        let proof = "AHVzZXIAd29yZA=="
        let envelope = try #require(lines.firstIndex { $0.hasPrefix("MAIL") })
        #expect(lines[..<envelope].contains { $0.hasSuffix(proof) } == (user != nil))
        #expect(lines.contains { $0.hasPrefix("AUTH") } == (user != nil))
    }

    @Test func withoutTLSNothingLeavesThatNeedsIt() async throws {
        let server = try server("250 taken")
        var mail = mail(to: server)
        mail.encryption = .required
        let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(mail) }
        #expect(error?.cause == .noStartTLS)
        #expect(!seen.elements.contains { $0.hasPrefix("MAIL") })
    }

    @Test(arguments: [
        ("a@b", true), ("a.b+c@x-y.example", true), ("a@b@c", false), ("a", false), ("@b", false), ("a@", false),
        ("", false), ("a b@c", false), ("a\u{7F}@c", false), ("a\r\n@c", false), ("<a@c", false), ("a@c>", false),
        ("ä@c", false), ("a,b@c", false), ("a@c;", false), ("\"a\"@c", false),
    ])
    func addresses(text: String, isAddress: Bool) {
        #expect(MailMessage.isAddress(text) == isAddress)
    }

    @Test(arguments: [(254, true), (255, false)]) func anAddressHas254BytesAtMost(count: Int, isAddress: Bool) {
        #expect(MailMessage.isAddress(String(repeating: "a", count: count - 2) + "@b") == isAddress)
    }

    /// libcurl would read a text up to there only.
    @Test func aTextWithANULIsRefused() async throws {
        let server = try server("250 taken")
        let texts: [WritableKeyPath<MailMessage, String?>] = [\.username, \.password, \.caFile]
        for text in texts {
            var mail = mail(to: server)
            mail[keyPath: text] = "a\u{0}b"
            let sent = mail
            let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().send(sent) }
            #expect(error?.kind == .invalidRequest)
        }
        #expect(server.connections == 0)
    }

    @Test(arguments: [[], ["no address"], ["a@b\r\nDATA"]])
    func whatIsNoEnvelopeIsRefused(recipients: [String]) async throws {
        let server = try server("250 taken")
        let error = await #expect(throws: HTTPClientError.self) {
            try await HTTPClient().send(mail(to: server, recipients))
        }
        #expect(error?.kind == .invalidRequest)
        #expect(server.connections == 0)
    }
}
