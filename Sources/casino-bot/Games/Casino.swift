/// The rules of the house: how one update changes an account, and the replies. Pure except for chance, which is
/// injected. The ledger provides the account and commits the result.
struct Casino: Sendable {
    static let startBalance: Int64 = 1000
    static let bonus: Int64 = 100

    let owner: Int64?
    let admins: Set<Int64>
    /// The bot's own @name, once it is known.
    var botName: String?

    /// The ledger's data of the update's sender.
    struct Player: Equatable, Sendable {
        var balance: Int64
        /// Seconds until the next bonus; 0 when it is due.
        var bonusDueIn: Int64
        var isNew: Bool
    }

    /// The house's totals; only a few commands need them, so they are read only for those.
    struct Overview: Equatable, Sendable {
        var players: Int64
        var entries: Int64
        var updates: Int64
        var coins: Int64
        var top: [(user: Int64, balance: Int64)]

        static func == (left: Overview, right: Overview) -> Bool {
            left.players == right.players && left.entries == right.entries && left.updates == right.updates
                && left.coins == right.coins && left.top.elementsEqual(right.top, by: ==)
        }
    }

    /// A change of the player's balance, with its reason.
    struct Entry: Equatable, Sendable {
        let amount: Int64
        let reason: String
    }

    /// The effects of an update.
    struct Effects: Equatable, Sendable {
        var entries: [Entry] = []
        var replies: [Reply] = []
        var restartsBot = false
    }

    /// Whether an update is meant for the casino: ordinary group messages are not, and open no account.
    func concerns(_ update: Incoming) -> Bool {
        update.isPrivate || update.callbackID != nil || Command(update.text, botName: botName) != .none
    }

    /// Decides. `overview` and `healthLine` are evaluated only when the answer needs them.
    func effects(
        of update: Incoming, player: Player, overview: () throws -> Overview, healthLine: () -> String,
        using random: inout some RandomNumberGenerator
    ) rethrows -> Effects {
        var effects = Effects()
        guard concerns(update) else { return effects }
        let command = Command(update.text, botName: botName)
        if let callback = update.callbackID { effects.replies.append(.answerCallback(id: callback)) }

        func say(_ text: String, again: String? = nil) {
            effects.replies.append(.message(chat: update.chatID, topic: update.topic, text: text, again: again))
        }
        func play(_ bet: Bet, _ name: String, again: String, _ game: (Int64) -> Game.Outcome) {
            if let refusal = refusal(of: bet, balance: player.balance) { return say(refusal) }
            guard case .amount(let amount) = bet else { return }
            let outcome = game(amount)
            effects.entries.append(Entry(amount: outcome.change, reason: name))
            say("\(outcome.story) Balance: \(player.balance + outcome.change).", again: "\(again) \(amount)")
        }

        switch command {
        case .start:
            say(
                player.isNew
                    ? "Welcome! You have \(player.balance) coins of play money. /help shows the games."
                    : "Welcome back. You have \(player.balance) coins. /help shows the games.")
        case .help, .none, .unknown:
            say((command == .unknown ? "I do not know that command.\n" : "") + help(for: update.userID))
        case .balance:
            say("You have \(player.balance) coins.")
        case .bonus:
            if player.bonusDueIn > 0 {
                say("The next bonus is due in \((player.bonusDueIn + 59) / 60) minutes.")
            } else if player.balance > Int64.max - Self.bonus {
                say("You cannot hold any more coins.")
            } else {
                effects.entries.append(Entry(amount: Self.bonus, reason: "bonus"))
                say("Here are \(Self.bonus) coins. Balance: \(player.balance + Self.bonus).")
            }
        case .die:
            effects.replies.append(.dice(chat: update.chatID, topic: update.topic))
        case .dice(let bet):
            play(bet, "dice", again: "/dice") { Game.dice(bet: $0, using: &random) }
        case .flip(let side, let bet):
            play(bet, "flip", again: "/flip \(side.rawValue)") { Game.flip(side, bet: $0, using: &random) }
        case .slots(let bet):
            play(bet, "slots", again: "/slots") { Game.slots(bet: $0, using: &random) }
        case .top:
            let lines = try overview().top.enumerated().map { index, player in
                "\(index + 1). player …\(String(player.user).suffix(4)): \(player.balance)"
            }
            say("🏆 The richest:\n" + lines.joined(separator: "\n"))
        case .stats:
            guard isAdmin(update.userID) else { return refusing(&effects, update) }
            let house = try overview()
            say(
                "Players: \(house.players)\nEntries: \(house.entries)\nUpdates: \(house.updates)\nCoins: \(house.coins)"
            )
        case .health:
            guard isAdmin(update.userID) else { return refusing(&effects, update) }
            say(healthLine())
        case .restart:
            guard let owner, update.userID == owner else { return refusing(&effects, update) }
            effects.restartsBot = true
            say("Restarting.")
        case .misused(let usage):
            say("Use it like this: \(usage)")
        }
        return effects
    }

    private func refusing(_ effects: inout Effects, _ update: Incoming) -> Effects {
        effects.replies.append(
            .message(
                chat: update.chatID, topic: update.topic,
                text: "You may not use that command. /help shows your commands.",
                again: nil))
        return effects
    }

    private func isAdmin(_ user: Int64) -> Bool {
        user == owner || admins.contains(user)
    }

    /// Why a bet is refused; nil when it is accepted.
    private func refusal(of bet: Bet, balance: Int64) -> String? {
        switch bet {
        case .notANumber: return "A bet is a whole number of coins, such as 10."
        case .notPositive: return "A bet is at least 1 coin."
        case .tooLarge: return "Nobody has that many coins. You have \(balance)."
        case .amount(let amount) where amount > balance:
            return "You have only \(balance) coins. /bonus gives you more once a day."
        case .amount(let amount):
            // The largest win has to fit into a balance.
            let (win, overflow) = amount.multipliedReportingOverflow(by: Game.largestMultiple)
            return overflow || win > Int64.max - balance ? "That would break the bank. Bet less." : nil
        }
    }

    private func help(for user: Int64) -> String {
        var text = """
            /balance: your coins
            /bonus: \(Self.bonus) coins, once a day
            /dice 10: your die against the house's (/dice alone: just throw one)
            /flip heads 10: a coin
            /slots 10: three reels
            /top: the richest
            """
        if isAdmin(user) { text += "\n/stats, /health: for admins" }
        if let owner, user == owner { text += "\n/restart: for the owner" }
        return text
    }
}

/// One update in the casino's own terms, from any kind of chat.
struct Incoming: Equatable, Sendable {
    let updateID: Int64
    let userID: Int64
    let chatID: Int64
    let text: String
    var isPrivate = true
    /// The forum topic of the message, and of its answer.
    var topic: Int64?
    /// Set for a press on a button: Telegram expects an answer to it.
    var callbackID: String?
}

/// A message to send.
enum Reply: Equatable, Sendable {
    /// A text, with a button that repeats the play.
    case message(chat: Int64, topic: Int64? = nil, text: String, again: String?)
    case dice(chat: Int64, topic: Int64? = nil)
    case answerCallback(id: String)

    /// The chat it goes to, if any.
    var chat: Int64? {
        switch self {
        case .message(let chat, _, _, _), .dice(let chat, _): chat
        case .answerCallback: nil
        }
    }

    /// The forum topic that it goes to.
    var topic: Int64? {
        switch self {
        case .message(_, let topic, _, _), .dice(_, let topic): topic
        case .answerCallback: nil
        }
    }
}
