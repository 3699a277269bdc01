import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

struct CasinoRightsTests {
    private static let owner: Int64 = 1
    private static let admin: Int64 = 2
    private static let player: Int64 = 9
    private static let refusal = "You may not use that command. /help shows your commands."

    private let house = House()

    @Test(arguments: [owner, admin, player], ["/stats", "/health", "/restart"])
    func commandsAreForThoseTheyAreFor(user: Int64, command: String) {
        let isAllowed = user == Self.owner || (user == Self.admin && command != "/restart")
        let effects = house.effects(of: command, from: user)
        #expect((house.texts(effects) == [Self.refusal]) == !isAllowed)
        #expect(effects.restartsBot == (command == "/restart" && user == Self.owner))
        #expect(effects.replies.count == 1)
        #expect(effects.entries.isEmpty)
    }

    @Test func nobodyOwnsACasinoWithoutOwner() {
        var random = SeededRandom(seed: 1)
        let effects = Casino(owner: nil, admins: []).effects(
            of: Incoming(updateID: 1, userID: 0, chatID: 0, text: "/restart"),
            player: Casino.Player(balance: 0, bonusDueIn: 0, isNew: false),
            overview: { Casino.Overview(players: 0, entries: 0, updates: 0, coins: 0, top: []) }, healthLine: { "" },
            using: &random)
        #expect(!effects.restartsBot)
        #expect(house.texts(effects) == [Self.refusal])
    }

    @Test func helpShowsEachWhatIsTheirs() {
        let shown = [Self.owner, Self.admin, Self.player].map { house.says("/help", from: $0).joined() }
        #expect(shown.map { $0.contains("/stats") } == [true, true, false])
        #expect(shown.map { $0.contains("/restart") } == [true, false, false])
        for command in ["/balance", "/bonus", "/dice", "/flip heads", "/slots", "/top"] {
            #expect(shown.allSatisfy { $0.contains(command) })
        }
    }

    @Test func adminsLearnTheFigures() {
        #expect(house.says("/stats", from: Self.admin) == ["Players: 3\nEntries: 40\nUpdates: 50\nCoins: 6000"])
        #expect(house.says("/health", from: Self.admin) == ["healthy: as a fish"])
    }

    @Test func theListShowsNoWholeUserID() {
        #expect(house.says("/top") == ["🏆 The richest:\n1. player …3456: 4000\n2. player …9: 2000"])
    }

    @Test(arguments: ["hello", "", "🎲🎲", "what a night", "dice 5"])
    func talkIsIgnoredInGroupsAndHelpedInPrivate(text: String) {
        #expect(house.effects(of: text, isPrivate: false) == Casino.Effects())
        #expect(house.texts(house.effects(of: text)).first?.contains("/balance") == true)
    }

    @Test func aTextIsPrivateUnlessItSaysOtherwise() {
        #expect(house.casino.concerns(Incoming(updateID: 1, userID: 9, chatID: 9, text: "hello")))
        #expect(!house.casino.concerns(Incoming(updateID: 1, userID: 9, chatID: 9, text: "hello", isPrivate: false)))
    }

    @Test func commandsWorkInGroups() {
        #expect(house.effects(of: "/dice 5", isPrivate: false).entries.count == 1)
    }

    @Test(arguments: ["/dice 5", "/nonsense", "spin", ""], [true, false])
    func aPressedButtonIsAlwaysAnswered(data: String, isPrivate: Bool) {
        let effects = house.effects(of: data, isPrivate: isPrivate, callbackID: "42")
        #expect(effects.replies.first == .answerCallback(id: "42"))
        #expect(effects.replies.count == 2)
        #expect(effects.entries.count == (data == "/dice 5" ? 1 : 0))
    }
}
