import Testing

@testable import KeepAlivePlatform

struct ProcessFactTests {
    @Test func aNameWithParenthesesAndSpaces() throws {
        let tail = " S 7 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0 9999 1000000 512 0"
        let fact = try #require(ProcessFact("42 (a) b (c)\(tail)"))
        #expect(fact.id == 42)
        #expect(fact.name == "a) b (c")
        #expect(fact.parent == 7)
        #expect(fact.group == 1)
        #expect(fact.words == "a) b (c (process 42)")
        #expect(!fact.isZombie)
        #expect(fact.used == 300)
        #expect(fact.threads == 3)
        #expect(fact.start == 9999)
        #expect(fact.pages == 512)
    }

    /// The kernel appends fields, and an old one ends with those that are read.
    @Test func theLastFieldThatIsReadMayBeTheLast() throws {
        let text = "1 (a) S 7 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0 9999 1000000 512"
        #expect(try #require(ProcessFact(text)).pages == 512)
        #expect(ProcessFact(String(text.dropLast(4))) == nil)
    }

    @Test(arguments: ["Z", "X"])
    func oneThatHasEnded(state: String) throws {
        let text = "1 (a) \(state) 7 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0 9999 1000000 512 0"
        #expect(try #require(ProcessFact(text)).isZombie)
    }

    @Test(arguments: [("T", true), ("t", true), ("S", false), ("Z", false)])
    func oneThatIsStopped(state: String, isStopped: Bool) throws {
        let text = "1 (a) \(state) 7 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0 9999 1000000 512 0"
        #expect(try #require(ProcessFact(text)).isStopped == isStopped)
    }

    @Test(arguments: [
        "", "1", "1 (x", "1 x) S 7", ")(", "1 (x) S 7",
        "x (x) S 7 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0 9999 1000000 512 0",
    ])
    func noProcess(text: String) {
        #expect(ProcessFact(text) == nil)
    }
}
