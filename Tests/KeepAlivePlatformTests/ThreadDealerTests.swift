import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct ThreadDealerTests {
    private final class Shared: Sendable {
        let dealer: ThreadDealer

        init(count: Int) { dealer = ThreadDealer(count: count) }
    }

    /// A thread keeps its number, and the next gets the next: two busy ones share none as long as there are enough.
    @Test(arguments: [(3, [0, 1, 2, 0, 1]), (1, [0, 0]), (0, [0, 0])])
    func threadsGetTheirNumbersInTurn(count: Int, numbers: [Int]) async throws {
        let shared = Shared(count: count)
        let found = EventLog<[Int]>()
        for index in numbers.indices {
            try OSThread.start(name: "dealer") { found.append((0..<3).map { _ in shared.dealer.mine }) }
            let own = try await found.element(at: index)
            #expect(own == [Int](repeating: numbers[index], count: 3))
        }
    }
}
