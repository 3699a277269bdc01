import KeepAliveTestSupport

/// A stream of commands from several players, each in a chat of its own, so that every answer shows what it answers.
struct Traffic {
    /// What one update has to have done to the books, beside opening the account.
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

        /// The reason of its entry; nil when it has none.
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

    /// Sends a few commands more, of kinds and players chosen at random.
    mutating func send(_ count: Int, to telegram: FakeTelegram) {
        for _ in 0..<count {
            let kind = Kind.allCases.randomElement() ?? .dice
            let user = Int64.random(in: 1...9)
            let number = Int64(sent.count + 1)
            // Talk is answered in private chats only; those are the players' own.
            let chat = kind == .talk ? 1_000_000 + number : -number
            let id =
                kind == .button
                ? telegram.enqueue(callback: kind.rawValue, from: user, chat: chat)
                : telegram.enqueue(message: kind.rawValue, from: user, chat: chat)
            sent.append(Sent(id: id, user: user, chat: chat, kind: kind))
        }
    }
}
