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

    /// A reload may move a service to another group, or show it to everybody; what is known of it stays.
    @Test func aReloadedTargetKeepsItsState() {
        let board = StatusBoard([Target("web", ScriptedProbe([]))])
        board.update("web") { status in _ = status.state.record(.unhealthy, at: 1, rules: .init()) }
        let (generation, before) = (board.generation, board.revision)
        board.watch([Target("db", ScriptedProbe([])), Target("web", ScriptedProbe([]), group: "eu", isPublic: true)])
        #expect(board["web"]?.target.group == "eu" && board["web"]?.target.isPublic == true)
        #expect(board["web"]?.state.failures == 1 && board["db"]?.state.failures == 0)
        #expect(board.names == ["db", "web"] && board.orders == ["db": 0, "web": 1])
        // Open pages get all services again.
        #expect(board.generation == generation + 1 && board.alertRevision > before)
        #expect(board.changes(since: before).services.count == 2)
    }

    /// A delivery may end after the reload that took its channel out.
    @Test func aRemovedChannelHasNoTrouble() {
        func trouble(_ channel: String) -> ChannelTrouble {
            ChannelTrouble(channel: channel, reason: "it answered 404", isDelivering: false)
        }
        let board = StatusBoard([])
        #expect(board.expect(channels: ["a", "b"]) == [])
        #expect(board.note(trouble("b"), of: "b") && board.note(trouble("a"), of: "a"))
        #expect(board.channelTroubles == [trouble("a"), trouble("b")])
        #expect(board.expect(channels: ["a"]) == ["b"])
        #expect(board.channelTroubles == [trouble("a")])
        #expect(!board.note(trouble("b"), of: "b"))
        #expect(board.note(nil, of: "a"))
        #expect(board.channelTroubles == [])
    }
}
