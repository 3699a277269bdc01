import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct DockerProbeTests {
    @Test(arguments: [(4, ProbeStatus.healthy, nil), (5, .healthy, nil), (6, .degraded, "restarted 6 times")])
    func asManyRestartsAsAllowed(restarts: Int, status: ProbeStatus, message: String?) {
        let check = RestartCheck.check(restarts, limit: 5)
        #expect(check.status == status && check.message == message && check.value == Double(restarts))
    }

    private func state(_ state: String, restarts: Int = 0, health: String? = nil) -> String {
        let health = health.map { #","Health":{"Status":"\#($0)","FailingStreak":3,"Log":[]}"# } ?? ""
        return #"{"Id":"abc","RestartCount":\#(restarts),"State":{\#(state)\#(health)}}"#
    }

    @Test func containers() async throws {
        let running =
            #""Status":"running","Running":true,"Paused":false,"Restarting":false,"OOMKilled":false,"ExitCode":0"#
        let cases: [(body: String, code: Int, status: ProbeStatus, message: String)] = [
            (state(running), 200, .healthy, "it is running"),
            (state(running, health: "healthy"), 200, .healthy, "it is running"),
            (state(running, health: "none"), 200, .healthy, "it is running"),
            (state(running, health: "unhealthy"), 200, .unhealthy, "its health check fails (3 times in a row)"),
            (state(running, health: "starting"), 200, .degraded, "it is starting: its health check has not passed yet"),
            (state(running, restarts: 5), 200, .healthy, "it is running"),
            (state(running, restarts: 6), 200, .degraded, "restarted 6 times"),
            (
                state(#""Status":"exited","Running":false,"ExitCode":137"#), 200, .unhealthy,
                "it has exited with code 137"
            ),
            (
                state(#""Status":"exited","Running":false,"OOMKilled":true"#), 200, .unhealthy,
                "it was killed because memory ran out"
            ),
            (state(#""Status":"paused","Running":true,"Paused":true"#), 200, .unhealthy, "it is paused"),
            (
                state(#""Status":"restarting","Running":true,"Restarting":true"#), 200, .unhealthy,
                "it restarts again and again"
            ),
            (#"{"message":"No such container: c"}"#, 404, .unhealthy, "the container does not exist"),
            (#"{"message":"oops"}"#, 500, .unknown, "the Docker engine answered 500: oops"),
            ("nonsense", 200, .unknown, "another program answers, not a Docker engine"),
        ]
        let folder = try TemporaryDirectory(prefix: "d")
        let engine = try FakeDocker(at: folder.file("s").path) { path in
            let index = Int(path.dropFirst("/containers/c".count).prefix { $0 != "/" }) ?? -1
            guard path.hasSuffix("/json"), cases.indices.contains(index) else { return (400, path) }
            return (cases[index].code, cases[index].body)
        }
        for (index, expected) in cases.enumerated() {
            let probe = try makeProbe(
                DockerProbe.self, ["container": .string("c\(index)"), "socket": .string(engine.path)])
            let result = await look(probe)
            #expect(result.status == expected.status, "\(expected.body)")
            #expect(result.message == expected.message)
            #expect(result.responseTime != nil)
        }
    }

    @Test func noEngine() async throws {
        let folder = try TemporaryDirectory(prefix: "d")
        let path = folder.file("s").path
        let probe = try makeProbe(DockerProbe.self, ["container": .string("c"), "socket": .string(path)])
        let missing = await look(probe)
        #expect(missing.status == .unknown)
        #expect(missing.message == "no Docker engine: \(path) does not exist")
        // The socket of an engine that has gone.
        do { _ = try FakeDocker(at: path) { _ in (200, "") } }
        let gone = try await Polling.until({ await look(probe) }, isMet: { $0.message.hasSuffix("connection refused") })
        #expect(gone.status == .unknown)
        for name in ["../x", "a b", "-a", "é", "a/b"] {
            #expect(findings(DockerProbe.self, ["container": .string(name)]).count == 1, "\(name)")
        }
        #expect(findings(DockerProbe.self, ["container": "c", "socket": "docker.sock"]).count == 1)
    }
}
