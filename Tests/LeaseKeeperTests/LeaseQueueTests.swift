import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePostgreSQL
import Testing

/// Requests that no server answers: none is even connected to.
struct LeaseQueueTests {
    private func silentStore() throws -> LeaseStore {
        let statements = LeaseStatements(
            name: "bot", resource: "telegram:1", label: "a", host: "machine-a", timeToLive: 30_000)
        return LeaseStore(try PostgreSQLAddress("postgres://user@127.0.0.1:1/x"), statements, limit: .zero)
    }

    /// A launcher that asks and asks fills no memory; it has long given up the oldest requests.
    @Test func theOldestOfTooManyRequestsAreDropped() throws {
        var store = try silentStore()
        for number in 1...20 { store.take(UInt64(number), .observe) }
        var numbers: [UInt64] = []
        for event in store.advance() {
            guard case .answer(let number, _, let answer) = event, case .unknown(nil, _) = answer else { continue }
            numbers.append(number)
        }
        #expect(numbers == (5...20).map { UInt64($0) })
        #expect(store.descriptor == nil)
    }
}
