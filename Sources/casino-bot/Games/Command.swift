/// A player's command, parsed from the text of a message. Pure.
enum Command: Equatable, Sendable {
    case start
    case help
    case balance
    case bonus
    /// Throws a die for fun, without a bet.
    case die
    case dice(Bet)
    case flip(Side, Bet)
    case slots(Bet)
    case top
    case stats
    case health
    case restart
    /// A known command with invalid arguments; the text explains its usage.
    case misused(usage: String)
    case unknown
    /// No command: ordinary talk, or a command for another bot.
    case none

    enum Side: String, Equatable, Sendable {
        case heads, tails
    }

    /// Parses a text. `/dice@another_bot 5` in a group is for another bot.
    init(_ text: String, botName: String?) {
        let words = text.split(maxSplits: 3, whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first, first.hasPrefix("/"), first.count > 1 else {
            self = .none
            return
        }
        let parts = first.dropFirst().split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let botName, parts[1].lowercased() != botName.lowercased() {
            self = .none
            return
        }
        let arguments = Array(words.dropFirst())
        switch parts.first?.lowercased() {
        case "start": self = .start
        case "help": self = .help
        case "balance": self = .balance
        case "bonus": self = .bonus
        case "top": self = .top
        case "stats": self = .stats
        case "health": self = .health
        case "restart": self = .restart
        case "dice":
            switch arguments.count {
            case 0: self = .die
            case 1: self = .dice(Bet(arguments[0]))
            default: self = .misused(usage: "/dice 10")
            }
        case "slots":
            self = arguments.count == 1 ? .slots(Bet(arguments[0])) : .misused(usage: "/slots 10")
        case "flip":
            if arguments.count == 2, let side = Side(rawValue: arguments[0].lowercased()) {
                self = .flip(side, Bet(arguments[1]))
            } else {
                self = .misused(usage: "/flip heads 10 or /flip tails 10")
            }
        default: self = .unknown
        }
    }
}

/// The amount a player wants to bet, as written; it may be invalid.
enum Bet: Equatable, Sendable {
    case amount(Int64)
    case notPositive
    case tooLarge
    case notANumber

    /// Parses digits with an optional sign; other text is no number, and a number beyond Int64 is too large.
    init(_ text: String) {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .notANumber
            return
        }
        if text.hasPrefix("-") {
            self = .notPositive
        } else if let amount = Int64(digits) {
            self = amount == 0 ? .notPositive : .amount(amount)
        } else {
            self = .tooLarge
        }
    }
}
