import Testing

@testable import KeepAliveCasinoBot

struct DeafnessTests {
    private let start = SuspendingClock.now

    private func at(_ seconds: Int) -> SuspendingClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func looksAfterAMinuteOfEmptyPollsAndEachMinuteThen() {
        var deafness = Deafness(interval: .seconds(60))
        let looks = stride(from: 0, through: 300, by: 10).filter { deafness.polled(updates: 0, at: at($0)) }
        #expect(looks == [60, 120, 180, 240, 300])
    }

    @Test func anUpdateBeginsTheMinuteAnew() {
        var deafness = Deafness(interval: .seconds(60))
        #expect(deafness.polled(updates: 0, at: at(0)) == false)
        #expect(deafness.polled(updates: 1, at: at(100)) == false)
        #expect(deafness.polled(updates: 0, at: at(130)) == false)
        #expect(deafness.polled(updates: 0, at: at(189)) == false)
        #expect(deafness.polled(updates: 0, at: at(190)) == true)
    }

    /// After a suspend, for example, missed checks are not made up.
    @Test func aLateLookIsOneLook() {
        var deafness = Deafness(interval: .seconds(60))
        #expect(deafness.polled(updates: 0, at: at(0)) == false)
        #expect(deafness.polled(updates: 0, at: at(1000)) == true)
        #expect(deafness.polled(updates: 0, at: at(1059)) == false)
        #expect(deafness.polled(updates: 0, at: at(1060)) == true)
    }

    @Test(arguments: [
        ([0], [0]), ([5], [0]), ([0, 0, 0], [0, 0, 0]), ([0, 5], [0, 0]), ([5, 5, 5], [0, 0, 0]), ([1, 2], [0, 2]),
        ([1, 2, 3], [0, 2, 3]), ([1, 2, 2], [0, 2, 2]), ([1, 5, 3], [0, 5, 3]), ([1, 2, 0], [0, 2, 0]),
        ([1, 2, 1], [0, 2, 1]), ([1, 2, 0, 1], [0, 2, 0, 0]), ([1, 2, 0, 1, 2], [0, 2, 0, 0, 2]),
        ([0, 1, 2], [0, 0, 2]), ([9, 3], [0, 0]),
        ([9, 3, 4], [0, 0, 4]), ([-1, -1], [0, 0]), ([1, Int.max], [0, Int.max]),
    ])
    func findsWaitingUpdatesThatGrow(pending: [Int], found: [Int]) {
        var deafness = Deafness(interval: .seconds(60))
        let findings = pending.map { count -> Deafness.Finding? in
            deafness.looked(pending: count, webhook: nil)
            return deafness.finding
        }
        #expect(findings == found.map { $0 == 0 ? nil : .growing(pending: $0) })
    }

    @Test func namesAWebhookAtOnceAndUntilItIsGone() {
        var deafness = Deafness(interval: .seconds(60))
        deafness.looked(pending: 3, webhook: "bot.example")
        #expect(deafness.finding == .webhook(host: "bot.example"))
        deafness.looked(pending: 3, webhook: nil)
        #expect(deafness.finding == nil)
    }

    @Test func anUpdateEndsIt() {
        var deafness = Deafness(interval: .seconds(60))
        deafness.looked(pending: 3, webhook: nil)
        deafness.looked(pending: 4, webhook: nil)
        _ = deafness.polled(updates: 0, at: at(0))
        #expect(deafness.finding != nil)
        _ = deafness.polled(updates: 1, at: at(1))
        #expect(deafness.finding == nil)
        deafness.looked(pending: 5, webhook: nil)
        #expect(deafness.finding == nil)
    }
}

struct TelegramLinkTests {
    private struct Cable: Error, CustomStringConvertible {
        let description = "the cable is out"
    }

    private func words(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func tellsTheTroubleUntilAPollIsAnswered() {
        let link = TelegramLink()
        #expect(words(link.checkConnection) == nil)
        link.failed(Cable())
        #expect(words(link.checkConnection) == "the cable is out")
        #expect(words(link.checkDeafness) == nil)
        link.answered(nil)
        #expect(words(link.checkConnection) == nil)
    }

    @Test(arguments: [(Duration.milliseconds(1), 1), (.seconds(2), 2), (.milliseconds(2001), 3)])
    func theLastSecondOfAWaitIsOne(left: Duration, seconds: Int) {
        let (link, now) = (TelegramLink(), SuspendingClock.now)
        link.replies(of: .chat(7), waitUntil: now.advanced(by: left))
        let words = words { try link.checkReplies((count: 1, since: "noon", seconds: 5), at: now) }
        #expect(words?.hasSuffix(" (429) in 1 chat, for \(seconds) s more") == true)
    }

    @Test(arguments: [(Int64(0), false), (59, false), (60, true), (3600, true)])
    func repliesMayWaitForAMinute(seconds: Int64, isTrouble: Bool) {
        let words = words { try TelegramLink().checkReplies((count: 2, since: "noon", seconds: seconds)) }
        #expect(words == (isTrouble ? "2 replies wait, the oldest since noon" : nil))
    }

    /// A wait that ends now is over.
    @Test func countsTheChatsThatMustWait() {
        let (link, now) = (TelegramLink(), SuspendingClock.now)
        for (chat, seconds) in [(7, 2), (8, 9), (9, 0)] as [(Int64, Int64)] {
            link.replies(of: .chat(chat), waitUntil: now.advanced(by: .seconds(seconds)))
        }
        let said = words { try link.checkReplies((count: 1, since: "noon", seconds: 5), at: now) }
        #expect(said == "1 reply waits since noon; Telegram limits the rate (429) in 2 chats, for 9 s more")
        for chat in [7, 8] as [Int64] { link.replies(of: .chat(chat), waitUntil: nil) }
        let rest = words { try link.checkReplies((count: 1, since: "noon", seconds: 5), at: now) }
        #expect(rest == nil)
        #expect(words { try link.checkReplies(nil, at: now) } == nil)
    }

    @Test func tellsOfDeafnessWithTheNumber() {
        let link = TelegramLink()
        link.answered(.growing(pending: 4))
        #expect(words(link.checkDeafness)?.contains("half-deaf: polls come back empty, but 4 updates wait") == true)
        link.answered(nil)
        #expect(words(link.checkDeafness) == nil)
    }

    /// A line for each finding, and not for each look.
    @Test func newsIsAFindingOfAnotherKind() {
        let link = TelegramLink()
        let findings: [Deafness.Finding?] = [
            nil, .growing(pending: 4), .growing(pending: 5), .webhook(host: "a"), .webhook(host: "a"),
            .webhook(host: "b"), nil, .growing(pending: 5),
        ]
        let news = findings.map { link.answered($0) }
        #expect(
            news == [
                nil, .growing(pending: 4), nil, .webhook(host: "a"), nil, .webhook(host: "b"), nil,
                .growing(pending: 5),
            ])
    }
}
