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
}
