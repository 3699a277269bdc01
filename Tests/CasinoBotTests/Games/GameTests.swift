import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

struct GameTests {
    private static let games: [String] = ["dice", "heads", "tails", "slots"]

    private func play(_ game: String, bet: Int64, seed: UInt64) -> Game.Outcome {
        var random = SeededRandom(seed: seed)
        return switch game {
        case "dice": Game.dice(bet: bet, using: &random)
        case "heads": Game.flip(.heads, bet: bet, using: &random)
        case "tails": Game.flip(.tails, bet: bet, using: &random)
        default: Game.slots(bet: bet, using: &random)
        }
    }

    @Test(arguments: games)
    func theSameChanceGivesTheSameOutcome(game: String) {
        let outcomes = (0..<100).map { play(game, bet: 7, seed: $0) }
        #expect(outcomes == (0..<100).map { play(game, bet: 7, seed: $0) })
        #expect(Set(outcomes.map(\.change)).count > 1)
    }

    private static let multiples: [(String, Set<Int64>)] = [
        ("dice", [-1, 0, 1]), ("heads", [-1, 1]), ("tails", [-1, 1]), ("slots", [-1, 0, 10, Game.largestMultiple]),
    ]

    @Test(arguments: multiples)
    func paysItsMultiplesAndNoOthers(game: String, multiples: Set<Int64>) {
        let seen = Set((0..<20_000).map { play(game, bet: 1, seed: $0).change })
        #expect(seen == multiples)
        #expect(seen.allSatisfy { $0 <= Game.largestMultiple && $0 >= -1 })
    }

    @Test(arguments: games, [1, 3, 1000, Int64.max / Game.largestMultiple])
    func scalesWithTheBet(game: String, bet: Int64) {
        for seed in 0..<2000 as Range<UInt64> {
            #expect(play(game, bet: bet, seed: seed).change == play(game, bet: 1, seed: seed).change * bet)
        }
    }

    /// Expected returns: a fair die and coin 0; slots (5 × 10 + 1 × 30 − 120) / 216.
    @Test(arguments: [("dice", 0.0), ("heads", 0.0), ("tails", 0.0), ("slots", -40.0 / 216)])
    func theSumOfManyRoundsIsAsThePricesSay(game: String, mean: Double) {
        let rounds = 100_000
        let sum = (0..<UInt64(rounds)).reduce(0) { $0 + play(game, bet: 1, seed: $1 &+ 77).change }
        // Five standard deviations of the widest game (slots, variance 7).
        #expect(abs(Double(sum) / Double(rounds) - mean) < 5 * (7 / Double(rounds)).squareRoot())
    }

    @Test(arguments: games)
    func theStoryTellsTheChange(game: String) {
        for seed in 0..<500 as Range<UInt64> {
            let outcome = play(game, bet: 3, seed: seed)
            if outcome.change > 0 {
                #expect(outcome.story.contains("you win \(outcome.change)"))
            } else if outcome.change < 0 {
                #expect(outcome.story.contains("you lose 3"))
            } else {
                #expect(outcome.story.contains("your bet is back"))
            }
        }
    }

    @Test func theDiceDecide() {
        var (yours, house): (Set<Int64>, Set<Int64>) = ([], [])
        for seed in 0..<1000 as Range<UInt64> {
            let outcome = play("dice", bet: 5, seed: seed)
            let numbers = outcome.story.split { !$0.isNumber }.compactMap { Int64($0) }
            #expect((1...6).contains(numbers[0]) && (1...6).contains(numbers[1]))
            #expect(outcome.change == (numbers[0] - numbers[1]).signum() * 5)
            yours.insert(numbers[0])
            house.insert(numbers[1])
        }
        #expect(yours == Set(1...6) && house == Set(1...6))
    }

    @Test func theCoinDecides() {
        for seed in 0..<200 as Range<UInt64> {
            for side in ["heads", "tails"] {
                let outcome = play(side, bet: 5, seed: seed)
                #expect(outcome.change == (outcome.story.hasPrefix("🪙 \(side): ") ? 5 : -5))
            }
        }
    }

    /// Three sevens pay 30 times the bet, three others 10 times.
    @Test func theReelsDecide() {
        var changes: Set<Int64> = []
        var seen: Set<Substring> = []
        for seed in 0..<5000 as Range<UInt64> {
            let outcome = play("slots", bet: 1, seed: seed)
            let reels = Array(outcome.story.prefix { $0 != ":" }.split(separator: " ").dropFirst())
            let prices: [Int: Int64] = [1: reels.first == "7️⃣" ? 30 : 10, 2: 0, 3: -1]
            #expect(reels.count == 3)
            #expect(outcome.change == prices[Set(reels).count])
            changes.insert(outcome.change)
            seen.formUnion(reels)
        }
        #expect(changes == [-1, 0, 10, 30])
        #expect(seen == ["🍒", "🍋", "🔔", "⭐", "💎", "7️⃣"])
    }
}
