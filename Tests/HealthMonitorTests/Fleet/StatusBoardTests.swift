import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct StatusBoardTests {
    /// What the store knows of a target that appears later, as a container does when its engine is up again.
    @Test func aTargetThatAppearsHasItsMarks() {
        let web = Target("web", ScriptedProbe([.healthy]))
        let board = StatusBoard([web])
        var (old, new) = (ServiceMarks(), ServiceMarks())
        _ = old.apply(.note("old"), to: "web", by: "ana", at: 1, alert: nil)
        _ = new.apply(.silence(until: .max, note: nil), to: "db", by: "ana", at: 1, alert: nil)
        board.watch([web, Target("db", ScriptedProbe([.healthy]))], marks: ["web": old, "db": new])
        #expect(board["db"]?.marks == new)
        #expect(board["web"]?.marks == ServiceMarks(), "what this process knows is newer")
        // The end of the silence wants a check.
        #expect(board.marked.map(\.target.name) == ["db"])
        board.watch([web])
        #expect(board.marked.isEmpty)
    }

    /// The ages of signs of life change with each look; open pages hear of a monitor that falls silent.
    @Test func onlyFactsOfVantagesAreNews() {
        let board = StatusBoard([])
        let before = board.revision
        var beat = VantageBeat(name: "oslo", host: "h", age: .seconds(1), silentAfter: .seconds(10))
        board.note(VantageRoll(own: "oslo", beats: [beat]))
        #expect(board.revision == before + 1)
        beat.age = .seconds(10)
        board.note(VantageRoll(own: "oslo", beats: [beat]))
        #expect(board.revision == before + 1)
        #expect(board.roll?.beats.first?.age == .seconds(10))
        beat.age = .seconds(11)
        board.note(VantageRoll(own: "oslo", beats: [beat]))
        #expect(board.revision == before + 2)
    }
}
