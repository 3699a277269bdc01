import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// The line in a notification.
struct AlertTextTests {
    private static func summary(_ event: AlertEvent, limit: Int = 1000) -> String {
        AlertText(event).summary(limit: limit)
    }

    private static let since = "2026-01-19 16:07:27 UTC"

    @Test func itNamesServiceReasonAndTime() {
        let event = ChannelScene.event
        #expect(
            Self.summary(event(.opened, "web", .critical, "it answered 503", 3, ChannelScene.time, 0))
                == "web is failing: it answered 503 (since \(Self.since))")
        #expect(
            Self.summary(
                event(.repeated, "web", .critical, "still failing after 9 checks: x", 9, ChannelScene.time, 3600))
                == "web: still failing after 9 checks: x (since \(Self.since), 1 h)")
        #expect(
            Self.summary(event(.escalated, "web", .critical, "x", 9, ChannelScene.time, 60))
                == "web got worse: x (since \(Self.since), 1 min)")
        #expect(
            Self.summary(
                event(.resolved, "web", .critical, "recovered after 12 failed checks", 12, ChannelScene.time, 17_100))
                == "web recovered after 12 failed checks (4 h 45 min); failing since \(Self.since)")
        #expect(
            Self.summary(event(.resolved, "web", .critical, "recovered after 1 failed check", 1, ChannelScene.time, 0))
                == "web recovered after 1 failed check (under 1 s); failing since \(Self.since)")
        #expect(
            Self.summary(event(.flapping, "web", .warning, "flapping: 6 changes", nil, ChannelScene.time, 0))
                == "web: flapping: 6 changes (since \(Self.since))")
        #expect(
            Self.summary(event(.test, "health-monitor", .warning, "a test", nil, ChannelScene.time, 0))
                == "Test alert from health-monitor: a test")
    }

    @Test func whatIsDegradedIsNotCalledFailing() {
        var event = ChannelScene.event(service: "disk", severity: .warning, message: "85 % of / is used")
        event.status = .degraded
        #expect(AlertText(event).title == "disk is degraded")
        #expect(Self.summary(event) == "disk is degraded: 85 % of / is used (since \(Self.since))")
        var eased = ChannelScene.event(.repeated, service: "web", message: "no longer unhealthy, but degraded: slow")
        eased.status = .degraded
        #expect(AlertText(eased).title == "web is still degraded")
        #expect(Self.summary(eased) == "web: no longer unhealthy, but degraded: slow (since \(Self.since))")
    }

    /// A person needs the reason at night: a long name leaves room for it, and the time stays.
    @Test(arguments: [120, 200, 600, 1024]) func aLongNameLeavesRoomForTheReason(limit: Int) {
        let name = String(repeating: "n", count: 400)
        let event = ChannelScene.event(service: name, message: "no\nroute " + String(repeating: "x", count: 3000))
        let text = Self.summary(event, limit: limit)
        #expect(text.utf16.count == limit)
        #expect(text.contains("n… is failing: no route xx"))
        #expect(text.hasSuffix("x… (since \(Self.since))"))
        #expect(!AlertText(event).isWhole(inSummaryOf: limit))
    }

    /// A third of the room, and always enough to tell services apart.
    @Test(arguments: [(30, 20), (60, 20), (120, 40), (450, 150), (1024, 150)])
    func aNameTakesAThirdOfTheRoom(limit: Int, length: Int) {
        let event = ChannelScene.event(service: String(repeating: "n", count: 400), message: "x")
        let name = String(repeating: "n", count: length - 1) + "…"
        #expect(Self.summary(event, limit: limit).hasPrefix("\(name) is failing: "))
    }

    @Test(
        arguments: [
            (-1, ""), (0, ""), (1, "1 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3599, "59 min 59 s"),
            (3600, "1 h"), (3660, "1 h 1 min"), (172_799, "47 h 59 min"), (172_800, "2 d 0 h"), (266_400, "3 d 2 h"),
        ] as [(Int64, String)])
    func howLongItHasLasted(seconds: Int64, words: String) {
        #expect(AlertText.words(seconds: seconds) == words)
    }

    @Test func aMailWithTheOldestRestMakesRoom() {
        let mails = UnfinishedMails()
        for number in 0..<1000 {
            mails["\(number)"] = UnfinishedMails.Rest(
                recipients: ["a@example.com"], began: MonotonicTime(nanoseconds: Int64((number + 500) % 1000)))
        }
        #expect((0..<1000).allSatisfy { mails["\($0)"] != nil })
        mails["new"] = UnfinishedMails.Rest(recipients: [], began: MonotonicTime(nanoseconds: 5000))
        #expect(mails["500"] == nil && mails["new"] != nil)
        #expect((0..<1000).count { mails["\($0)"] != nil } == 999)
    }

    /// A longer subject is cut into words of at most 75 characters.
    @Test func aPlainSubjectStaysPlain() {
        let text = String(repeating: "x", count: 60)
        #expect(EmailMessage.encodedWords(text) == text)
        for odd in [text + "x", "a\u{7F}", "a\n", "ä", "=?utf-8?B?eA==?="] {
            let words = EmailMessage.encodedWords(odd).split(separator: "\r\n ")
            #expect(words.joined(separator: "\r\n ") != odd)
            #expect(words.allSatisfy { $0.hasPrefix("=?utf-8?B?") && $0.utf8.count <= 75 }, "\(words)")
        }
        // 36 bytes in the first, 45 in each other.
        let letters = String(repeating: "x", count: 81)
        #expect(EmailMessage.encodedWords(letters).split(separator: "\r\n ").count == 2)
        #expect(EmailMessage.encodedWords(letters + "x").split(separator: "\r\n ").count == 3)
    }

    private static func mail(_ event: AlertEvent, key: String = "k") -> [String] {
        let mail = EmailMessage(event: event, key: key, from: "bot@example.org", to: ["a@b.org", "c@d.org"])
        return String(decoding: mail.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// Mail programs group the messages of one alert, and drop the second copy of one message.
    @Test func aMailNamesItsAlertAndItself() {
        func fields(_ event: AlertEvent, _ key: String, _ name: String) -> [String] {
            Self.mail(event, key: key).filter { $0.hasPrefix("\(name): ") }
        }
        let (opened, resolved) = (ChannelScene.event(), ChannelScene.event(.resolved, after: 60))
        let thread = fields(opened, "k1", "References")
        #expect(thread == ["References: <\(Digest.hexadecimal(opened.alertKey))@example.org>"])
        #expect(fields(resolved, "k2", "References") == thread)
        #expect(fields(ChannelScene.event(triggered: 5), "k1", "References") != thread)
        #expect(fields(opened, "k1", "Message-ID") == ["Message-ID: <k1@example.org>"])
        #expect(fields(resolved, "k2", "Message-ID") == ["Message-ID: <k2@example.org>"])
        #expect(fields(resolved, "k2", "Date") == ["Date: Mon, 19 Jan 2026 16:08:27 +0000"])
    }

    /// What is over wakes nobody.
    @Test(
        arguments: [
            (.opened, .critical, "[critical] "), (.repeated, .critical, "[critical] "), (.opened, .warning, ""),
            (.resolved, .critical, ""), (.removed, .critical, ""),
        ] as [(AlertEvent.Kind, Severity, String)])
    func aSubjectSaysWhatIsCritical(kind: AlertEvent.Kind, severity: Severity, start: String) {
        let event = ChannelScene.event(kind, severity: severity, message: "x", after: 60)
        let subject = "Subject: " + EmailMessage.encodedWords(start + Self.summary(event, limit: 200))
        let lines = Self.mail(event).drop { !$0.hasPrefix("Subject: ") }.prefix { !$0.hasPrefix("Date: ") }
        #expect(lines.joined(separator: "\r\n") == subject)
    }

    /// Servers cut or refuse longer lines (RFC 2045, section 6.8).
    @Test func aMailHasShortLines() {
        let lines = Self.mail(ChannelScene.event(message: String(repeating: "ä", count: 3000)))
        let body = lines.drop { !$0.isEmpty }.dropFirst()
        #expect(body.count > 80 && body.last?.isEmpty == true)
        #expect(body.dropLast(2).allSatisfy { $0.utf8.count == 76 })
        #expect(lines.allSatisfy { $0.utf8.count <= 998 })
    }

    @Test(
        arguments: [
            (.opened, "web is failing"), (.repeated, "web is still failing"), (.escalated, "web got worse"),
            (.resolved, "web recovered"), (.flapping, "web is flapping"), (.removed, "web is no longer watched"),
            (.test, "Test alert from health-monitor"), (.noted, "web: noted"),
        ] as [(AlertEvent.Kind, String)])
    func aTitleSaysWhatHappened(kind: AlertEvent.Kind, title: String) {
        #expect(AlertText(ChannelScene.event(kind, service: "web")).title == title)
    }

    /// A test has a time, and no incident.
    @Test func whatIsOverHasAnEnd() {
        let removed = AlertText(ChannelScene.event(.removed, service: "web", message: "x", after: 60))
        #expect(removed.summary(limit: 1000) == "web is no longer watched: x (1 min); failing since \(Self.since)")
        #expect(removed.facts.map { $0.name } == ["Severity", "Since", "Until", "Failed checks"])
        let test = AlertText(ChannelScene.event(.test, failures: nil, after: 60))
        #expect(test.factLines == ["Severity: critical", "Sent: 2026-01-19 16:08:27 UTC"])
    }
}
