import KeepAliveLease
import Testing

@testable import KeepAliveLeaseStore
@testable import KeepAlivePostgreSQL

/// What PostgreSQL's rows mean, and what the requests show of the lease: without a server.
struct LeaseAnswerTests {
    private let statements = LeaseStatements(
        name: "bot", resource: "telegram:1", label: "a", host: "machine-a", timeToLive: 30_000)
    private let beat = Beat()

    private func answer(_ request: KeeperRequest, _ values: [String?]) -> KeeperAnswer? {
        let row = PostgreSQLRow(columns: [], values: values)
        return statements.answer(to: request, PostgreSQLResult(columns: [], rows: [row], affectedRows: 1))
    }

    @Test(arguments: [("1", true), ("0", false), ("-1", false), ("x", false)])
    func anEpochBeginsAtOne(epoch: String, isGranted: Bool) {
        switch answer(.acquire(watched: beat, new: Beat()), [epoch, "{}"]) {
        case .granted(1, "{}"): #expect(isGranted)
        case .unknown(nil, let words): #expect(!isGranted && words.contains("correct the row"))
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    @Test(arguments: [
        ("0", "1", true), ("-1", "1", false), ("0", "0", false), ("0", "-1", false), ("0", "2147483648", false),
    ])
    func aRowHasAnEpochAndATimeToLive(epoch: String, timeToLive: String, isRow: Bool) {
        let least = LeaseRow(
            epoch: 0, beat: beat, holder: nil, heir: nil, timeToLive: 1, host: "", since: nil, info: "{}")
        switch answer(.observe, [epoch, beat.description, nil, nil, timeToLive, nil, nil, "{}"]) {
        case .row(let row): #expect(isRow && row == least)
        case .unknown(nil, let words): #expect(!isRow && words.contains("correct the row"))
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    /// A message holds no more.
    @Test func aNameAndWhatTheHolderWroteAreBounded() {
        let renewal = KeeperRequest.renew(epoch: 1, new: beat, over: [], info: nil)
        for (count, isKept) in [(1024, true), (1025, false)] {
            let heir = String(repeating: "b", count: count)
            #expect(answer(renewal, [heir]) == KeeperAnswer.renewed(heir: isKept ? heir : nil))
        }
        for (count, isKept) in [(8192, true), (8193, false)] {
            let info = String(repeating: "i", count: count)
            let found = answer(.acquire(watched: beat, new: Beat()), ["1", info])
            #expect(found == KeeperAnswer.granted(epoch: 1, info: isKept ? info : "{}"))
        }
    }

    @Test func noRowIsADefiniteAnswer() {
        let none = PostgreSQLResult(columns: [], rows: [], affectedRows: 0)
        #expect(statements.answer(to: .observe, none) == nil)
        #expect(statements.answer(to: .claim(epoch: 1, heir: "b"), none) == KeeperAnswer.zero)
        #expect(answer(.claim(epoch: 1, heir: "b"), ["1"]) == KeeperAnswer.done)
    }

    /// Enough to release the lease without the launcher, whatever was lost.
    @Test func theRequestsShowWhatIsHeld() {
        var held = Held()
        let (first, second, third) = (Beat(), Beat(), Beat())
        #expect(held.release(third) == nil)
        let taking = KeeperRequest.acquire(watched: beat, new: first)
        held.note(taking)
        held.note(.zero, to: taking)
        #expect(held.epoch == nil)
        held.note(.granted(epoch: 7, info: "{}"), to: taking)
        #expect(
            held.release(third) == KeeperRequest.release(epoch: 7, new: third, over: [first], heir: nil, info: nil))
        let renewal = KeeperRequest.renew(epoch: 7, new: second, over: [first], info: nil)
        held.note(renewal)
        let both = KeeperRequest.release(epoch: 7, new: third, over: [first, second], heir: nil, info: nil)
        #expect(held.release(third) == both)
        held.note(.unknown(state: nil, words: "late"), to: renewal)
        #expect(held.release(third) == both)
        held.note(.zero, to: renewal)
        #expect(held == Held())
        let end = KeeperRequest.release(epoch: 7, new: second, over: [first], heir: nil, info: nil)
        for answer in [KeeperAnswer.done, .zero] {
            held.note(end)
            // Until its answer the release may be missing.
            #expect(held.release(third) == both)
            held.note(answer, to: end)
            #expect(held == Held())
        }
    }
}
