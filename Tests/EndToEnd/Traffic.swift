import KeepAliveTestSupport

/// A stream of commands from several players, each in their own chat, so that every answer identifies its command.
struct Traffic {
    /// The required effect of one update on the books, besides opening the account.
    enum Kind: String, CaseIterable, Sendable {
        case dice = "/dice 3"
        case flip = "/flip tails 2"
        case slots = "/slots 1"
        case bonus = "/bonus"
        case balance = "/balance"
        case die = "/dice"
        case refused = "/dice 99999999999999999999"
        case talk = "hello"
        case button = "/slots 2"

        /// The reason of its entry; nil without an entry.
        var reason: String? {
            switch self {
            case .dice: "dice"
            case .flip: "flip"
            case .slots, .button: "slots"
            case .bonus: "bonus"
            case .balance, .die, .refused, .talk: nil
            }
        }
    }

    struct Sent: Sendable {
        let id: Int64
        let user: Int64
        let chat: Int64
        let kind: Kind
    }

    private(set) var sent: [Sent] = []

    /// Sends some more commands, of random kinds and players.
    mutating func send(_ count: Int, to telegram: FakeTelegram) {
        for _ in 0..<count {
            let kind = Kind.allCases.randomElement() ?? .dice
            let user = Int64.random(in: 1...9)
            let number = Int64(sent.count + 1)
            // The bot answers talk only in private chats, which have the players' own ids.
            let chat = kind == .talk ? 1_000_000 + number : -number
            let id =
                kind == .button
                ? telegram.enqueue(callback: kind.rawValue, from: user, chat: chat)
                : telegram.enqueue(message: kind.rawValue, from: user, chat: chat)
            sent.append(Sent(id: id, user: user, chat: chat, kind: kind))
        }
    }
}
