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
}
