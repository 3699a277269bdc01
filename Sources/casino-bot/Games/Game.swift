/// The games. Pure: chance is injected.
enum Game {
    /// The result of one round: the change of the balance, and the text for the player.
    struct Outcome: Equatable, Sendable {
        let change: Int64
        let story: String
    }

    /// The most that one coin of a bet can win; a bet that could overflow a balance is refused by it.
    static let largestMultiple: Int64 = 30

    /// The player's die against the house's: the higher die wins, a tie returns the bet.
    static func dice(bet: Int64, using random: inout some RandomNumberGenerator) -> Outcome {
        let yours = Int64.random(in: 1...6, using: &random)
        let house = Int64.random(in: 1...6, using: &random)
        let story = "🎲 You rolled \(yours), the house rolled \(house)"
        if yours == house { return Outcome(change: 0, story: "\(story): a tie, your bet is back.") }
        return yours > house
            ? Outcome(change: bet, story: "\(story): you win \(bet).")
            : Outcome(change: -bet, story: "\(story): you lose \(bet).")
    }

    /// A coin: the right side doubles the bet.
    static func flip(
        _ side: Command.Side, bet: Int64, using random: inout some RandomNumberGenerator
    ) -> Outcome {
        let landed = Bool.random(using: &random) ? Command.Side.heads : .tails
        return landed == side
            ? Outcome(change: bet, story: "🪙 \(landed.rawValue): you win \(bet).")
            : Outcome(change: -bet, story: "🪙 \(landed.rawValue): you lose \(bet).")
    }

    private static let reels = ["🍒", "🍋", "🔔", "⭐", "💎", "7️⃣"]

    /// Three reels: three sevens pay 30 times the bet, three alike 10 times, two alike return it.
    static func slots(bet: Int64, using random: inout some RandomNumberGenerator) -> Outcome {
        let spun = (0..<3).map { _ in Int.random(in: 0..<reels.count, using: &random) }
        let shown = "🎰 " + spun.map { reels[$0] }.joined(separator: " ")
        switch Set(spun).count {
        case 1:
            let multiple: Int64 = spun.first == reels.count - 1 ? largestMultiple : 10
            return Outcome(change: bet * multiple, story: "\(shown): you win \(bet * multiple)!")
        case 2:
            return Outcome(change: 0, story: "\(shown): two alike, your bet is back.")
        default:
            return Outcome(change: -bet, story: "\(shown): you lose \(bet).")
        }
    }
}
