import Testing

@testable import KeepAliveCasinoBot

struct CasinoTests {
    private let house = House()

    @Test func greetsNewAndOldPlayers() {
        #expect(
            house.says("/start", isNew: true) == ["Welcome! You have 1000 coins of play money. /help shows the games."])
        #expect(house.says("/start") == ["Welcome back. You have 1000 coins. /help shows the games."])
    }

    @Test(arguments: [
        ("/dice 0", "at least 1"), ("/dice -5", "at least 1"), ("/flip heads 0", "at least 1"),
        ("/slots -1", "at least 1"), ("/dice 1001", "only 1000"), ("/flip tails 1001", "only 1000"),
        ("/slots 1001", "only 1000"), ("/dice ten", "whole number"), ("/dice 1.5", "whole number"),
        ("/slots ٣", "whole number"), ("/flip heads 1e3", "whole number"),
        ("/dice 9223372036854775808", "Nobody has that many"), ("/dice 9223372036854775807", "only 1000"),
        ("/slots 99999999999999999999999", "Nobody has that many"), ("/slots", "Use it like this: /slots 10"),
        ("/flip 10", "Use it like this: /flip heads 10"), ("/dice 1 2", "Use it like this: /dice 10"),
        ("/whatever", "do not know that command"),
    ])
    func refusalsLeaveNoEntry(text: String, words: String) {
        let effects = house.effects(of: text)
        #expect(effects.entries.isEmpty)
        #expect(!effects.restartsBot)
        #expect(effects.replies.count == 1)
        #expect(house.texts(effects).first?.contains(words) == true, "\(effects)")
    }

    @Test(arguments: ["/dice 10", "/flip heads 10", "/flip tails 10", "/slots 10"])
    func aRoundIsOneEntryAndOneReplyThatAgree(text: String) {
        for seed in 0..<200 as Range<UInt64> {
            let effects = house.effects(of: text, seed: seed)
            #expect(effects.entries.count == 1)
            let change = effects.entries.first?.amount ?? .min
            #expect(text.hasPrefix("/\(effects.entries.first?.reason ?? "?") "))
            guard case .message(chat: 77, topic: nil, let words, again: text) = effects.replies.first else {
                Issue.record("\(effects)")
                return
            }
            #expect(words.hasSuffix(" Balance: \(1000 + change)."))
            #expect(effects.replies.count == 1)
        }
    }

    @Test func betsAllThatThereIs() {
        #expect(house.effects(of: "/dice 1000").entries.count == 1)
        #expect(house.effects(of: "/dice 1", balance: 0).entries.isEmpty)
    }

    @Test func theSameSeedGivesTheSameEffects() {
        let all = (0..<50 as Range<UInt64>).map { house.effects(of: "/slots 10", seed: $0) }
        #expect(all == (0..<50 as Range<UInt64>).map { house.effects(of: "/slots 10", seed: $0) })
        #expect(Set(all.compactMap(\.entries.first?.amount)).count > 1)
    }

    @Test(arguments: ["/dice", "/flip heads", "/slots"])
    func nobodyBreaksTheBank(game: String) {
        let balance = Int64.max - 1000
        for bet in [balance, Int64.max / Game.largestMultiple + 1, 1000 / Game.largestMultiple + 1] {
            let effects = house.effects(of: "\(game) \(bet)", balance: balance)
            #expect(effects.entries.isEmpty)
            #expect(house.texts(effects) == ["That would break the bank. Bet less."])
        }
        for seed in 0..<2000 as Range<UInt64> {
            let bet = 1000 / Game.largestMultiple
            let effects = house.effects(of: "\(game) \(bet)", balance: balance, seed: seed)
            #expect(effects.entries.count == 1)
            let change = effects.entries.first?.amount ?? .max
            #expect(!balance.addingReportingOverflow(change).overflow)
        }
        // The largest win just fits.
        #expect(house.effects(of: "\(game) 33", balance: Int64.max - 33 * Game.largestMultiple).entries.count == 1)
    }

    @Test(arguments: [
        (0, Int64(1000), true), (0, Int64.max - 100, true), (0, Int64.max - 99, false), (0, Int64.max, false),
        (1, 1000, false), (86_400, 1000, false),
    ])
    func theBonusComesWhenItIsDue(seconds: Int64, balance: Int64, isGiven: Bool) {
        let effects = house.effects(of: "/bonus", balance: balance, bonusDueIn: seconds)
        #expect(effects.entries == (isGiven ? [Casino.Entry(amount: 100, reason: "bonus")] : []))
        let words = isGiven ? "Balance: \(balance + 100)" : seconds > 0 ? "due in" : "cannot hold"
        #expect(house.texts(effects).first?.contains(words) == true)
    }

    @Test(arguments: [(1, 1), (60, 1), (61, 2), (86_400, 1440)] as [(Int64, Int64)])
    func theBonusSaysItsMinutes(seconds: Int64, minutes: Int64) {
        let effects = house.effects(of: "/bonus", bonusDueIn: seconds)
        #expect(house.texts(effects) == ["The next bonus is due in \(minutes) minutes."])
    }

    @Test func aDieIsThrownWithoutABet() {
        #expect(house.effects(of: "/dice").replies == [.dice(chat: 77)])
        #expect(house.effects(of: "/dice").entries.isEmpty)
    }

    @Test func aBetAfterAnotherBotsNameIsNotTaken() {
        #expect(house.effects(of: "/dice@other_bot 5").entries.isEmpty)
        #expect(house.effects(of: "/dice@test_casino_bot 5").entries.count == 1)
        #expect(house.effects(of: "/dice@other_bot 5", isPrivate: false) == Casino.Effects())
    }
}
