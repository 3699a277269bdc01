import Foundation
import Testing

@testable import KeepAliveHealthMonitor

/// The rates of false trends and of missed trends over many seeds.
struct TrendChanceTests {
    /// SplitMix64: equal numbers on every machine.
    struct Chance {
        var state: UInt64

        mutating func next() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
        }

        /// Variance 1, nearly Gaussian.
        mutating func noise() -> Double { (0..<12).reduce(-6) { sum, _ in sum + next() } }
    }

    struct Kind: Sendable, CustomStringConvertible {
        let description: String
        /// Percent at each check.
        let values: @Sendable (Int, inout Chance) -> [Double]
    }

    /// The percentage of seeds with a forecast of 100 %.
    private func forecasts(_ kind: Kind, samples count: Int, seeds: Int) -> Double {
        var found = 0
        for seed in 0..<seeds {
            var chance = Chance(state: UInt64(seed) &* 7919)
            let samples = kind.values(count, &chance).enumerated().map {
                Trend.Sample(time: Double($0.offset) * 300, value: min(99.9, max(0, $0.element)))
            }
            let demands = Trend.Demands(samples: 12, span: 3300)
            if Trend(samples)?.seconds(to: 100, leastRise: 0.5, demands) != nil { found += 1 }
        }
        return 100 * Double(found) / Double(seeds)
    }

    private static let noTrends: [Kind] = [
        Kind(description: "noise") { count, chance in (0..<count).map { _ in 85 + 3 * chance.noise() } },
        Kind(description: "a number that wanders a little") { walk($0, &$1, from: 85, step: 0.5) },
        Kind(description: "a number that wanders much") { walk($0, &$1, from: 60, step: 2) },
        Kind(description: "load that is flapping") { count, chance in
            var load = 0.0
            return (0..<count).map { _ in
                load = 0.9 * load + 2 * chance.noise()
                return 85 + load
            }
        },
        Kind(description: "one jump, anywhere") { count, chance in
            let place = Int(chance.next() * Double(count))
            return (0..<count).map { ($0 < place ? 60 : 90) + 0.3 * chance.noise() }
        },
        // A tooth longer than the observed span cannot be recognised as one.
        Kind(description: "a saw") { count, chance in
            let (length, phase) = (4 + chance.next() * (Double(count) / 2 - 4), chance.next())
            return (0..<count).map { 70 + 15 * (Double($0) / length + phase).truncatingRemainder(dividingBy: 1) }
        },
    ]

    @Test(arguments: noTrends, [12, 36, 168])
    func chanceIsNoTrend(kind: Kind, samples: Int) {
        let share = forecasts(kind, samples: samples, seeds: 400)
        print("\(kind), \(samples) looks: \(share) % false forecasts")
        #expect(share <= 1)
    }

    @Test(arguments: [24, 36, 168])
    func aTrendIsSeenThroughNoise(samples: Int) {
        let rise = Kind(description: "a rise of 20 % with noise of 0.5 %") { count, chance in
            (0..<count).map { 60 + 20 * Double($0) / Double(count) + 0.5 * chance.noise() }
        }
        #expect(forecasts(rise, samples: samples, seeds: 200) >= 98)
    }

    private static func walk(_ count: Int, _ chance: inout Chance, from start: Double, step: Double) -> [Double] {
        var place = start
        return (0..<count).map { _ in
            place = min(99, max(0, place + step * chance.noise()))
            return place
        }
    }
}
