import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Synchronization
import Testing

@testable import KeepAliveHealthCheck

/// Polls of a bot on a thread of their own, beside a server of the test.
@Suite(.timeLimit(.minutes(2)))
struct BotPollerTests {
    /// Waits for the next poll's result.
    private static func next(_ inbox: WatchInbox) throws -> Look {
        while true {
            for case .looked(_, let look) in inbox.drain().events { return look }
            var poller = Poller()
            poller.add(inbox.pipe.readEnd, read: true, write: false)
            try poller.wait(until: nil)
        }
    }

    /// Its processes are looked for on this machine alone.
    @Test(arguments: ["localhost", "127.0.0.1"])
    func aBotOnThisMachineIsKnownByItsAddress(host: String) async throws {
        let server = try ScriptedServer(answering: { path in
            ScriptedServer.answer(path == "/" ? #"{"status":"online","bot":"Bot"}"# : Report.text())
        })
        let url = HTTPURL(host: host, port: server.port, target: "/health")
        let inbox = try WatchInbox()
        let poller = BotPoller(
            number: 0, check: try Check(Options(url: url), settings: Settings(environment: [:])), inbox: inbox)
        try poller.start(every: nil)
        let name = try await BlockingWork.run { try Self.next(inbox).name }
        #expect(name == "Bot")
        #expect(poller.localPort == server.port)
    }

    /// After a restart another bot may listen there; otherwise its name is asked for once.
    @Test func theNameIsAskedForAgainAfterARestart() async throws {
        let polls = Mutex(0)
        let server = try ScriptedServer(answering: { path in
            let poll: Int = polls.withLock { count in
                if path != "/" { count += 1 }
                return count
            }
            if path == "/" { return ScriptedServer.answer(#"{"status":"online","bot":"Bot \#(poll)"}"#) }
            let uptimes: [Double] = [100, 102, 1, 3]
            let uptime = uptimes[min(poll, uptimes.count) - 1]
            let report = Report.bytes(Report.members().merging(["uptime_seconds": .number(uptime)]) { $1 })
            return ScriptedServer.answer(String(decoding: report, as: UTF8.self))
        })
        let url = HTTPURL(host: "127.0.0.1", port: server.port, target: "/health")
        let inbox = try WatchInbox()
        let poller = BotPoller(
            number: 0, check: try Check(Options(url: url), settings: Settings(environment: [:])), inbox: inbox)
        #expect(poller.localPort == nil)
        // The next one is due long after the test: each is asked for.
        try poller.start(every: .seconds(86_400))
        let names = try await BlockingWork.run {
            var names: [String?] = []
            for poll in 1...4 {
                if poll > 1 { poller.lookNow() }
                names.append(try Self.next(inbox).name)
            }
            return names
        }
        #expect(names == ["Bot 1", "Bot 1", "Bot 3", "Bot 3"])
        #expect(poller.localPort == server.port)
    }
}
