import Testing

@testable import KeepAliveCasinoBot

struct DeafnessTests {
    @Test(arguments: [
        ([0], [false]), ([5], [false]), ([0, 0, 0], [false, false, false]), ([0, 5], [false, false]),
        ([5, 5, 5], [false, false, false]), ([1, 2], [false, true]), ([1, 2, 3], [false, true, true]),
        ([1, 2, 2], [false, true, true]), ([1, 2, 0], [false, true, false]),
        ([1, 2, 0, 1], [false, true, false, false]), ([1, 2, 0, 1, 2], [false, true, false, false, true]),
        ([0, 1, 2], [false, false, true]), ([9, 3], [false, false]), ([9, 3, 4], [false, false, true]),
        ([-1, -1], [false, false]), ([1, Int.max], [false, true]),
    ])
    func saysSoOnceWaitingUpdatesGrow(pending: [Int], verdicts: [Bool]) {
        var deafness = Deafness()
        #expect(pending.map { deafness.looked(pending: $0) } == verdicts)
    }
}

struct TelegramLinkTests {
    private struct Cable: Error, CustomStringConvertible {
        let description = "the cable is out"
    }

    private func words(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func tellsTheTroubleUntilAPollIsAnswered() {
        let link = TelegramLink()
        #expect(words(link.checkConnection) == nil)
        link.failed(Cable())
        #expect(words(link.checkConnection) == "the cable is out")
        #expect(words(link.checkDeafness) == nil)
        link.answered(updates: 0)
        #expect(words(link.checkConnection) == nil)
    }

    @Test func isDeafUntilAnUpdateComes() {
        let link = TelegramLink()
        link.looked(pending: 3)
        #expect(words(link.checkDeafness) == nil)
        link.looked(pending: 4)
        #expect(words(link.checkDeafness)?.contains("half-deaf: 4 updates") == true)
        link.answered(updates: 0)
        #expect(words(link.checkDeafness) != nil)
        link.answered(updates: 1)
        #expect(words(link.checkDeafness) == nil)
        link.looked(pending: 5)
        #expect(words(link.checkDeafness) == nil)
    }

    @Test func isDeafUntilNothingWaits() {
        let link = TelegramLink()
        link.looked(pending: 3)
        link.looked(pending: 4)
        link.looked(pending: 0)
        #expect(words(link.checkDeafness) == nil)
    }
}
