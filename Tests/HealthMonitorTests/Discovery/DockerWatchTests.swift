import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct DockerWatchTests {
    /// An engine may be out for days.
    @Test(.timeLimit(.minutes(1))) func anOutageIsLoggedOnce() async throws {
        let folder = try TemporaryDirectory()
        let (lines, outages) = (EventLog<String>(), EventLog<String?>())
        var watch = DockerWatch(
            socket: folder.file("none").path, client: HTTPClient(), log: Log { _, line in lines.append(line) })
        watch.firstPause = .milliseconds(1)
        watch.noteOutage = { outages.append($0) }
        let run = Task { [watch] in await watch.run { _ in } }
        for number in 0..<4 { #expect(try await outages.element(at: number) != nil) }
        run.cancel()
        await run.value
        #expect(lines.elements.filter { $0.hasPrefix("containers are not followed: ") }.count == 1)
    }

    /// An event is no fault: the list is asked for again, and nothing is logged.
    @Test(.timeLimit(.minutes(1))) func eachChangeIsReported() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(at: folder.file("s").path)
        let (found, lines) = (EventLog<[String]>(), EventLog<String>())
        let client = HTTPClient()
        let watch = DockerWatch(socket: engine.path, client: client, log: Log { _, line in lines.append(line) })
        let run = Task { await watch.run { found.append($0.entries.map(\.name)) } }
        #expect(try await found.element(at: 0) == [])
        for (number, name) in ["a", "b"].enumerated() {
            _ = try await engine.subscriptions.element(at: number)
            engine.change("create") { $0.append(.init(name, labels: ["keepalive.enable": "true"])) }
            #expect(try await found.element(at: number + 1).last == name)
        }
        #expect(lines.elements == [])
        run.cancel()
        await run.value
        await client.shutDown()
    }

    /// The monitor's own health shows the outage until the engine is back, which is logged once.
    @Test(.timeLimit(.minutes(1))) func anEngineThatIsBackIsFollowedAgain() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let path = folder.file("s").path
        let (found, lines, outages) = (EventLog<[String]>(), EventLog<String>(), EventLog<String?>())
        let client = HTTPClient()
        var watch = DockerWatch(socket: path, client: client, log: Log { _, line in lines.append(line) })
        watch.firstPause = .milliseconds(1)
        watch.noteOutage = { outages.append($0) }
        #expect(await watch.firstLook() == nil)
        #expect(outages.elements.compactMap(\.self).count == 1)
        let run = Task { [watch] in await watch.run { found.append($0.entries.map(\.name)) } }
        _ = try await outages.element(at: 1)
        let engine = try FakeDockerEngine(at: path)
        #expect(try await found.element(at: 0) == [])
        let isOver = outages.elements.last.map { $0 == nil }
        #expect(isOver == true)
        _ = try await engine.subscriptions.element(at: 0)
        engine.change("create") { $0.append(.init("a", labels: ["keepalive.enable": "true"])) }
        _ = try await found.first { $0 == ["a"] }
        #expect(lines.elements.count { $0.contains("answers again") } == 1, "\(lines.elements)")
        run.cancel()
        await run.value
        await client.shutDown()
    }

    /// From the moment of the list on, for whatever changes a container's labels or state.
    @Test(.timeLimit(.minutes(1))) func noEventBetweenListAndStreamIsLost() async throws {
        let folder = try TemporaryDirectory(prefix: "dk")
        let engine = try FakeDockerEngine(at: folder.file("s").path)
        let client = HTTPClient()
        let watch = DockerWatch(socket: engine.path, client: client, log: .none)
        let before = WallTime.now().microseconds
        let run = Task { await watch.run { _ in } }
        let path = try await engine.subscriptions.element(at: 0)
        let after = WallTime.now().microseconds
        let parts = try #require(path.wholeMatch(of: /\/events\?since=(\d+)\.(\d{6})000&filters=([%\w\-]+)/))
        let seconds = try #require(Int64(parts.1))
        let rest = try #require(Int64(parts.2))
        #expect((before...after).contains(seconds * 1_000_000 + rest))
        let filters = try JSON(parsing: String(parts.3).removingPercentEncoding ?? "")
        let expected: JSON = [
            "type": ["container"], "event": ["create", "start", "die", "destroy", "rename", "update"],
        ]
        #expect(filters == expected)
        run.cancel()
        await run.value
        await client.shutDown()
    }
}
