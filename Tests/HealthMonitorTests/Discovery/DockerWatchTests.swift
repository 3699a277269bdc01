import Foundation
import KeepAliveCurl
import KeepAliveKit
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
}
