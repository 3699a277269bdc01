import KeepAliveTestSupport

@testable import KeepAliveCasinoBot

/// A casino for tests, with owner 1, admin 2, and player 9 in chat 77.
struct House {
    let casino = Casino(owner: 1, admins: [2], botName: "test_casino_bot")

    func effects(
        of text: String, from user: Int64 = 9, balance: Int64 = 1000, bonusDueIn: Int64 = 0, isNew: Bool = false,
        isPrivate: Bool = true, callbackID: String? = nil, seed: UInt64 = 1
    ) -> Casino.Effects {
        var random = SeededRandom(seed: seed)
        return casino.effects(
            of: Incoming(
                updateID: 5, userID: user, chatID: 77, text: text, isPrivate: isPrivate, callbackID: callbackID),
            player: Casino.Player(balance: balance, bonusDueIn: bonusDueIn, isNew: isNew),
            overview: {
                Casino.Overview(
                    players: 3, entries: 40, updates: 50, coins: 6000, top: [(user: 123_456, balance: 4000), (9, 2000)])
            },
            healthLine: { "healthy: as a fish" }, using: &random)
    }

    func texts(_ effects: Casino.Effects) -> [String] {
        effects.replies.compactMap { if case .message(_, _, let text, _) = $0 { text } else { nil } }
    }

    func says(_ text: String, from user: Int64 = 9, isNew: Bool = false) -> [String] {
        texts(effects(of: text, from: user, isNew: isNew))
    }
}
